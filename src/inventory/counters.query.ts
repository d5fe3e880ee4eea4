import type { Query } from '../database/transaction.js';
import { readAllocations, type StoredAllocations } from '../domain/allocation.js';
import type { Counters } from '../domain/drift.js';

/** The next products by id, with or without an inventory row. */
export const productsAfter = (productId: number, productsMax: number): Query<number[]> => ({
  sql: 'SELECT id FROM products WHERE id > ? ORDER BY id LIMIT ?',
  values: [productId, productsMax],
  read: (rows) => rows.map((row) => row['id'] as number),
});

/** What a product's inventory row says; `undefined` when there is none. */
export const countersOf = (productId: number): Query<Counters | undefined> => ({
  sql: 'SELECT sellable_cap, movement_seq, channel_allocations FROM product_inventory WHERE product_id = ?',
  values: [productId],
  read: ([row]) =>
    row && {
      sellableCap: row['sellable_cap'] as number,
      movementSeq: row['movement_seq'] as number,
      allocations: readAllocations(row['channel_allocations'] as StoredAllocations),
    },
});
