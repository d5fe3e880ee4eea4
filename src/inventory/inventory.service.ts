import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';

import type { Caller } from '../auth/caller.js';
import { type DateRange, productPrices, type ProductPrices, specialDates } from '../catalog/price.store.js';
import { Reader } from '../database/reader.js';
import { customerTypes, majorAmounts, majorUnits } from '../domain/pricing.js';
import { OtaEventLog } from '../observability/ota-events.js';
import { availabilityOf, availabilityOn, type ProductAvailability, unitsAvailable } from './availability.store.js';
import type { InventoryResponse, PricingContext } from './inventory.dto.js';
import { invalidProductIds, type InventoryQuery } from './inventory.query.js';

/** What partners may sell, and at which prices. Nothing about availability is kept between requests. */
@Injectable()
export class InventoryService {
  /** Requests that come together share one statement. */
  private readonly products = new DataLoader<number, ProductAvailability | undefined>(
    async (ids) => byId(ids, await this.reader.run(availabilityOf(ids))),
    { cache: false },
  );
  private readonly prices = new DataLoader<number, ProductPrices | undefined>(
    async (ids) => byId(ids, await this.reader.run(productPrices(ids))),
    { cache: false },
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
    const quantities = productIds
      ? await this.quantitiesOf(productIds, partner.channelId)
      : await this.quantitiesOn(partner.channelId);
    const ids = [...quantities.keys()];
    const available = Object.fromEntries(quantities);
    this.events.write(
      'ota.inventory.requested',
      { product_ids: ids, partner_id: partner.id, available_quantities: available },
      requestId,
    );
    return { available_quantities: available, pricing_context: await this.pricingContext(ids, dateRange) };
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
    const products = await this.reader.run(availabilityOn(channelId));
    return new Map(products.map((product) => [product.productId, unitsAvailable(product, channelId) ?? 0]));
  }

  private async pricingContext(ids: readonly number[], dateRange: DateRange | undefined): Promise<PricingContext> {
    const [loaded, dates] = await Promise.all([
      Promise.all(ids.map((id) => this.prices.load(id))),
      this.reader.run(specialDates(dateRange)),
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
      special_dates: Object.fromEntries(
        Object.entries(dates).map(([day, milli]) => [day, { multiplier: milli / 1000 }]),
      ),
      customer_discounts: Object.fromEntries(
        products
          .filter(({ prices }) => Object.keys(prices.discountsMinor).length > 0)
          .map(({ productId, prices }) => [productId, majorAmounts(prices.discountsMinor)]),
      ),
    };
  }
}

function byId<T extends { readonly productId: number }>(
  ids: readonly number[],
  found: readonly T[],
): (T | undefined)[] {
  const index = new Map(found.map((item) => [item.productId, item]));
  return ids.map((id) => index.get(id));
}
