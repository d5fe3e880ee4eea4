import type { Query, Tx } from '../database/transaction.js';
import { type Allocations, readAllocations, storeAllocations, type StoredAllocations } from '../domain/allocation.js';
import type { Allotment } from '../domain/allotment.js';
import type { Instant } from '../domain/instant.js';

/** A product's units. */
export interface InventoryRow {
  readonly sellableCap: number;
  readonly allocations: Allocations;
  /** Number of the newest movement. */
  readonly movementSeq: number;
}

/** With the row locked until the transaction ends. */
export interface LockedInventory extends InventoryRow {
  /** The database's time, read with the lock held. */
  readonly now: Instant;
  /** How long the row was waited for. */
  readonly waitedSeconds: number;
}

/** Whether a row that another transaction has locked is waited for, or left out. */
export type OfLocked = 'wait' | 'only free ones';

const OF_LOCKED = { wait: '', 'only free ones': ' SKIP LOCKED' } as const satisfies Record<OfLocked, string>;

/**
 * Locks the rows that order all changes of the products' units, ascending by id. First statement of every transaction that
 * changes them. @returns those that exist and were had, by product
 */
export const lockInventory = (
  productIds: readonly number[],
  ofLocked: OfLocked,
): Query<ReadonlyMap<number, LockedInventory>> => ({
  // SYSDATE, not NOW: the latter is the time at which the statement began to wait for the lock.
  // By the primary key, always: a scan would lock the rows between them for a moment, and others would leave those out.
  sql: `SELECT product_id, sellable_cap, channel_allocations, movement_seq, SYSDATE(6) AS now,
      TIMESTAMPDIFF(MICROSECOND, NOW(6), SYSDATE(6)) AS waited_us
    FROM product_inventory FORCE INDEX (PRIMARY) WHERE product_id IN (?) ORDER BY product_id FOR UPDATE${OF_LOCKED[ofLocked]}`,
  values: [productIds],
  read: (rows) =>
    new Map(
      rows.map((row) => [
        row['product_id'] as number,
        {
          sellableCap: row['sellable_cap'] as number,
          allocations: readAllocations(row['channel_allocations'] as StoredAllocations),
          movementSeq: row['movement_seq'] as number,
          now: (row['now'] as Date).getTime(),
          waitedSeconds: (row['waited_us'] as number) / 1e6,
        },
      ]),
    ),
});

/** @param sellableCap when it is another one than before: the database wants both to agree at once */
export function saveInventory(
  tx: Tx,
  productId: number,
  allocations: Allocations,
  movementSeq: number,
  sellableCap?: number,
): void {
  const cap = sellableCap === undefined ? [] : [sellableCap];
  tx.write(
    `UPDATE product_inventory SET channel_allocations = ?, movement_seq = ?${cap.map(() => ', sellable_cap = ?').join('')} WHERE product_id = ?`,
    [JSON.stringify(storeAllocations(allocations)), movementSeq, ...cap, productId],
  );
}

/** The row of a product that is new. @param movementSeq of the last of its first movements */
export function insertInventory(tx: Tx, { productId, sellableCap, allocations }: Allotment, movementSeq: number): void {
  tx.write(
    'INSERT INTO product_inventory (product_id, sellable_cap, channel_allocations, movement_seq) VALUES (?, ?, ?, ?)',
    [productId, sellableCap, JSON.stringify(storeAllocations(allocations)), movementSeq],
  );
}
