import { Injectable } from '@nestjs/common';

import { productPrices, specialDates } from '../catalog/price.store.js';
import { Reader } from '../database/reader.js';
import type { PartnerTerms } from '../domain/command.js';
import { DomainError } from '../domain/errors.js';
import { majorUnits } from '../domain/pricing.js';
import { quote } from '../domain/quote.js';
import { noAllocation, refuseGuests, unknownProduct } from '../domain/refusals.js';
import { availabilityOf } from './availability.store.js';
import { priceLineResponse, type QuoteResponse } from './quote.dto.js';
import type { QuoteQuery } from './quote.query.js';

/** Prices before buying: the same engine, and the same refusals, as an activation. */
@Injectable()
export class QuoteService {
  constructor(private readonly reader: Reader) {}

  /** @throws DomainError `unknown_product`, `no_allocation`, `invalid_guests` */
  async quote(partner: PartnerTerms, { productId, visitDate, guests }: QuoteQuery): Promise<QuoteResponse> {
    const day = visitDate ?? NO_DAY;
    const [[product], [availability], specialDatesMilli] = await Promise.all([
      this.reader.run(productPrices([productId])),
      this.reader.run(availabilityOf([productId])),
      this.reader.run(specialDates({ from: day, to: day })),
    ]);
    if (!product?.sellable || !availability) throw new DomainError(unknownProduct());
    if (!availability.allocations.has(partner.channelId))
      throw new DomainError(noAllocation(productId, partner.channelId));
    const pricing = { ...product.prices, specialDatesMilli };
    const refusal = refuseGuests(pricing, guests);
    if (refusal) throw new DomainError(refusal);

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

/** Before any special date. */
const NO_DAY = '0001-01-01';
