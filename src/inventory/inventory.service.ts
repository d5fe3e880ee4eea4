import { Injectable } from '@nestjs/common';

import type { Caller } from '../auth/caller.js';
import { type DateRange, productPrices, specialDates } from '../catalog/price.store.js';
import { Reader } from '../database/reader.js';
import { sharedReads } from '../database/shared-reads.js';
import { customerTypes, majorAmounts, majorUnits } from '../domain/pricing.js';
import { OtaEventLog } from '../observability/ota-events.js';
import { availabilityOf, availabilityOn, unitsAvailable } from './availability.store.js';
import type { InventoryResponse, PricingContext } from './inventory.dto.js';
import { invalidProductIds, type InventoryQuery } from './inventory.query.js';

/** What partners may sell, and at which prices. Nothing about availability is kept between requests. */
@Injectable()
export class InventoryService {
  private readonly products = sharedReads(async (ids: readonly number[]) =>
    byId(await this.reader.run(availabilityOf(ids))),
  );
  private readonly channels = sharedReads(
    async (channelIds: readonly string[]) =>
      new Map(
        await Promise.all(channelIds.map(async (id) => [id, await this.reader.run(availabilityOn(id))] as const)),
      ),
  );
  private readonly prices = sharedReads(async (ids: readonly number[]) =>
    byId(await this.reader.run(productPrices(ids))),
  );
  /** Few enough to be read whole; a request takes the days that it asked for. */
  private readonly specialDates = sharedReads(
    async (_: readonly 'all'[]) => new Map([['all' as const, await this.reader.run(specialDates())]]),
  );

  constructor(
    private readonly reader: Reader,
    private readonly events: OtaEventLog,
  ) {}

  /** @throws DomainError `invalid_product_ids` naming those that the partner's channel doesn't sell */
  async availability(
    { partner, requestId }: Caller,
    { productIds, dateRange }: InventoryQuery,
  ): Promise<InventoryResponse> {
    const reading = productIds
      ? this.quantitiesOf(productIds, partner.channelId)
      : this.quantitiesOn(partner.channelId);
    // Products that were named are priced meanwhile: all of them are on sale, or the request is refused.
    const ids = productIds ?? [...(await reading).keys()];
    const [quantities, pricing] = await Promise.all([reading, this.pricingContext(ids, dateRange)]);
    const available = Object.fromEntries(quantities);
    this.events.write(
      'ota.inventory.requested',
      { product_ids: ids, partner_id: partner.id, available_quantities: available },
      requestId,
    );
    return { available_quantities: available, pricing_context: pricing };
  }

  private async quantitiesOf(ids: readonly number[], channelId: string): Promise<Map<number, number>> {
    const products = await Promise.all(ids.map((id) => this.products.load(id)));
    const quantities = new Map<number, number>();
    const missing: number[] = [];
    ids.forEach((id, n) => {
      const product = products[n];
      const units = product && unitsAvailable(product, channelId);
      if (units === undefined) missing.push(id);
      else quantities.set(id, units);
    });
    if (missing.length > 0) {
      throw invalidProductIds(
        missing.map((id) => ({ parameter: 'product_ids', detail: `${id} is not on sale on channel ${channelId}` })),
        `Not on sale on channel ${channelId}: ${missing.join(', ')}. Leave product_ids out for all products that you may sell.`,
      );
    }
    return quantities;
  }

  private async quantitiesOn(channelId: string): Promise<Map<number, number>> {
    const products = (await this.channels.load(channelId)) ?? [];
    return new Map(products.map((product) => [product.productId, unitsAvailable(product, channelId) ?? 0]));
  }

  private async pricingContext(ids: readonly number[], dateRange: DateRange | undefined): Promise<PricingContext> {
    const [loaded, dates] = await Promise.all([
      Promise.all(ids.map((id) => this.prices.load(id))),
      this.specialDatesIn(dateRange),
    ]);
    const products = loaded.filter((product) => product !== undefined);
    return {
      base_prices: Object.fromEntries(
        products.map(({ productId, prices }) => [
          productId,
          { weekday: majorUnits(prices.weekdayMinor), weekend: majorUnits(prices.weekendMinor) },
        ]),
      ),
      customer_types: customerTypes(products.map(({ prices }) => prices)),
      special_dates: Object.fromEntries(dates.map(([day, milli]) => [day, { multiplier: milli / 1000 }])),
      customer_discounts: Object.fromEntries(
        products
          .filter(({ prices }) => Object.keys(prices.discountsMinor).length > 0)
          .map(({ productId, prices }) => [productId, majorAmounts(prices.discountsMinor)]),
      ),
    };
  }

  /** Both ends included. */
  private async specialDatesIn(range: DateRange | undefined): Promise<[day: string, milli: number][]> {
    const all = Object.entries((await this.specialDates.load('all')) ?? {});
    return range ? all.filter(([day]) => range.from <= day && day <= range.to) : all;
  }
}

const byId = <T extends { readonly productId: number }>(found: readonly T[]): Map<number, T> =>
  new Map(found.map((item) => [item.productId, item]));
