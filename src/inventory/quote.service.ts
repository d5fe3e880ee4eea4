import { Injectable } from '@nestjs/common';

import { PriceLists } from '../catalog/price-lists.js';
import { Reader } from '../database/reader.js';
import type { Query } from '../database/transaction.js';
import type { PartnerTerms } from '../domain/command.js';
import { DomainError, type Refusal } from '../domain/errors.js';
import type { Instant } from '../domain/instant.js';
import { majorUnits } from '../domain/pricing.js';
import { quote } from '../domain/quote.js';
import { noAllocation, pastVisit, refuseGuests, unknownProduct } from '../domain/refusals.js';
import { dateIn } from '../domain/visit-date.js';
import { availabilityOf } from './availability.store.js';
import { priceLineResponse, type QuoteResponse } from './quote.dto.js';
import type { QuoteQuery } from './quote.query.js';

/** Prices before buying: the same engine, and the same refusals, as an activation. */
@Injectable()
export class QuoteService {
  constructor(
    private readonly reader: Reader,
    private readonly prices: PriceLists,
  ) {}

  /** @throws DomainError `unknown_product`, `no_allocation`, `invalid_guests` */
  async quote(partner: PartnerTerms, { productId, visitDate, guests }: QuoteQuery): Promise<QuoteResponse> {
    const [{ products }, [availability], now] = await Promise.all([
      this.prices.of([productId]),
      this.reader.run(availabilityOf([productId])),
      this.reader.run(DATABASE_NOW),
    ]);
    const product = products.get(productId);
    if (!product?.sellable || !availability) throw refused(unknownProduct());
    if (!availability.allocations.has(partner.channelId)) throw refused(noAllocation(productId, partner.channelId));
    const { pricing } = product;
    const today = dateIn(pricing.timeZone, now);
    const refusal = visitDate !== undefined && visitDate < today ? pastVisit(today) : refuseGuests(pricing, guests);
    if (refusal) throw refused(refusal);

    const { currency, totalMinor, lines } = quote(pricing, visitDate, guests);
    return {
      product_id: productId,
      visit_date: visitDate ?? null,
      currency,
      total_amount: majorUnits(totalMinor),
      lines: lines.map(priceLineResponse),
    };
  }
}

/** What is said of a body's member elsewhere is said of a query parameter here. */
const refused = ({ facts, ...refusal }: Refusal): DomainError =>
  new DomainError({
    ...refusal,
    facts: {
      ...facts,
      errors:
        facts?.errors?.map(({ pointer = '', detail }) => ({
          parameter: PARAMETERS[pointer] ?? pointer.slice(1),
          detail,
        })) ?? [],
    },
  });

const PARAMETERS: Partial<Record<string, string>> = { '/visit_date': 'date' };

const DATABASE_NOW: Query<Instant> = {
  sql: 'SELECT NOW(6) AS now',
  values: [],
  read: ([row]) => (row?.['now'] as Date).getTime(),
};
