import type { RowDataPacket } from 'mysql2';

import type { Query } from '../database/transaction.js';
import { type Allocations, readAllocations, type StoredAllocations, unitsFree } from '../domain/allocation.js';

/** What a product's channels hold, as of one moment. */
export interface ProductAvailability {
  readonly productId: number;
  readonly allocations: Allocations;
  /** Units of holds that are overdue and not yet released, by channel: they are free to whoever asks. */
  readonly overdueUnits: ReadonlyMap<string, number>;
}

/** One statement, so that counters and overdue holds are of the same moment. */
const AVAILABILITY = `SELECT i.product_id, i.channel_allocations, overdue.channel_id, overdue.units
  FROM product_inventory i
  JOIN products p ON p.id = i.product_id AND p.status = 'active'
  LEFT JOIN LATERAL (
    SELECT r.channel_id, CAST(SUM(r.quantity) AS UNSIGNED) AS units
    FROM channel_reservations r
    WHERE r.product_id = i.product_id AND r.status = 'active' AND r.expires_at <= NOW(6)
    GROUP BY r.channel_id
  ) overdue ON TRUE`;

/** Those of the products that exist and are on sale. */
export const availabilityOf = (productIds: readonly number[]): Query<ProductAvailability[]> => ({
  sql: `${AVAILABILITY} WHERE i.product_id IN (?)`,
  values: [productIds],
  read: readAvailability,
});

/** All products on sale with an allocation on the channel, by id. */
export const availabilityOn = (channelId: string): Query<ProductAvailability[]> => ({
  sql: `${AVAILABILITY} WHERE JSON_CONTAINS_PATH(i.channel_allocations, 'one', CONCAT('$."', ?, '"')) ORDER BY i.product_id`,
  values: [channelId],
  read: readAvailability,
});

/** How much of each allocation is used, overdue holds included, for all products on sale. */
export const utilizationOfAll = (): Query<{ productId: number; channelId: string; percent: number }[]> => ({
  sql: `SELECT i.product_id, i.channel_allocations FROM product_inventory i
    JOIN products p ON p.id = i.product_id AND p.status = 'active'`,
  values: [],
  read: (rows) =>
    rows.flatMap((row) =>
      [...readAllocations(row['channel_allocations'] as StoredAllocations)].flatMap(([channelId, allocation]) => {
        const { allocated, reserved, sold } = allocation;
        const percent = (100 * (reserved + sold)) / allocated;
        return allocated === 0 ? [] : [{ productId: row['product_id'] as number, channelId, percent }];
      }),
    ),
});

/** Units that the channel may still sell: free ones and those of overdue holds; `undefined` without an allocation there. */
export function unitsAvailable(
  { allocations, overdueUnits }: ProductAvailability,
  channelId: string,
): number | undefined {
  const allocation = allocations.get(channelId);
  return allocation && unitsFree(allocation) + (overdueUnits.get(channelId) ?? 0);
}

/** A row per product and channel with overdue holds. */
function readAvailability(rows: readonly RowDataPacket[]): ProductAvailability[] {
  const products = new Map<number, ProductAvailability & { readonly overdueUnits: Map<string, number> }>();
  for (const row of rows) {
    const productId = row['product_id'] as number;
    const product = products.get(productId) ?? {
      productId,
      allocations: readAllocations(row['channel_allocations'] as StoredAllocations),
      overdueUnits: new Map<string, number>(),
    };
    if (row['channel_id'] !== null) product.overdueUnits.set(row['channel_id'] as string, row['units'] as number);
    products.set(productId, product);
  }
  return [...products.values()];
}
