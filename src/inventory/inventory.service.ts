import { Injectable } from '@nestjs/common';

import type { Caller } from '../auth/caller.js';
import { PriceLists } from '../catalog/price-lists.js';
import { Reader } from '../database/reader.js';
import { sharedReads } from '../database/shared-reads.js';
import { customerTypes, majorAmounts, majorUnits } from '../domain/pricing.js';
import { OtaEventLog } from '../observability/ota-events.js';
import { availabilityOf, availabilityOn, unitsAvailable } from './availability.store.js';
import type { InventoryResponse, PricingContext } from './inventory.dto.js';
import { type DateRange, invalidProductIds, type InventoryQuery } from './inventory.query.js';

/** What partners may sell, and at which prices. Nothing about availability is kept between requests. */
@Injectable()
export class InventoryService {
  private readonly products = sharedReads(async (asked: readonly (readonly number[])[]) => {
    const found = await this.reader.run(availabilityOf([...new Set(asked.flat())]));
    return new Map(found.map((product) => [product.productId, product]));
  });
  private readonly channels = sharedReads(async (channelIds: readonly string[]) => {
    const readings = [...new Set(channelIds)].map(
      async (id) => [id, await this.reader.run(availabilityOn(id))] as const,
    );
    return new Map(await Promise.all(readings));
  });

  constructor(
    private readonly reader: Reader,
    private readonly prices: PriceLists,
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
    const products = await this.products(ids);
    const quantities = new Map<number, number>();
    const missing: number[] = [];
    for (const id of ids) {
      const product = products.get(id);
      const units = product && unitsAvailable(product, channelId);
      if (units === undefined) missing.push(id);
      else quantities.set(id, units);
    }
    if (missing.length > 0) {
      throw invalidProductIds(
        missing.map((id) => ({ parameter: 'product_ids', detail: `${id} is not on sale on channel ${channelId}` })),
        `Not on sale on channel ${channelId}: ${missing.join(', ')}. Leave product_ids out for all products that you may sell.`,
      );
    }
    return quantities;
  }

  private async quantitiesOn(channelId: string): Promise<Map<number, number>> {
    const products = (await this.channels(channelId)).get(channelId) ?? [];
    return new Map(products.map((product) => [product.productId, unitsAvailable(product, channelId) ?? 0]));
  }

  private async pricingContext(ids: readonly number[], dateRange: DateRange | undefined): Promise<PricingContext> {
    const { products, specialDates } = await this.prices.of(ids);
    const priced = ids.flatMap((id) => {
      const product = products.get(id);
      return product ? [[id, product.pricing] as const] : [];
    });
    const dates = Object.entries(specialDates.onFile);
    return {
      base_prices: Object.fromEntries(
        priced.map(([id, pricing]) => [
          id,
          { weekday: majorUnits(pricing.weekdayMinor), weekend: majorUnits(pricing.weekendMinor) },
        ]),
      ),
      customer_types: customerTypes(priced.map(([, pricing]) => pricing)),
      special_dates: Object.fromEntries(
        dates.filter(isIn(dateRange)).map(([day, milli]) => [day, { multiplier: milli / 1000 }]),
      ),
      customer_discounts: Object.fromEntries(
        priced
          .filter(([, pricing]) => Object.keys(pricing.discountsMinor).length > 0)
          .map(([id, pricing]) => [id, majorAmounts(pricing.discountsMinor)]),
      ),
    };
  }
}

const isIn =
  (range: DateRange | undefined) =>
  ([day]: readonly [day: string, milli: number]): boolean =>
    !range || (range.from <= day && day <= range.to);
