import type { Query } from '../database/transaction.js';
import { readAllocations, type StoredAllocations } from '../domain/allocation.js';
import type { Allotment } from '../domain/allotment.js';

/** How the product's cap is split at this moment; `undefined` when there is no such product. */
export const allotmentOf = (productId: number): Query<Allotment | undefined> => ({
  sql: 'SELECT sellable_cap, channel_allocations FROM product_inventory WHERE product_id = ?',
  values: [productId],
  read: ([row]) =>
    row && {
      productId,
      sellableCap: row['sellable_cap'] as number,
      allocations: readAllocations(row['channel_allocations'] as StoredAllocations),
    },
});
