import type { Query, Tx } from '../database/transaction.js';
import { type Allocations, readAllocations, storeAllocations, type StoredAllocations } from '../domain/allocation.js';
import type { Instant } from '../domain/instant.js';

/** A product's units, with its row locked until the transaction ends. */
export interface LockedInventory {
  readonly allocations: Allocations;
  readonly movementSeq: number;
  /** The database's time, read with the lock held. */
  readonly now: Instant;
  /** How long the row was waited for. */
  readonly waitedSeconds: number;
}

/**
 * Locks the row that orders all changes of a product's units. First statement of every transaction that changes them;
 * of several products, ascending by id.
 */
export const lockInventory = (productId: number): Query<LockedInventory | undefined> => ({
  // SYSDATE, not NOW: the latter is the time at which the statement began to wait for the lock.
  sql: `SELECT channel_allocations, movement_seq, SYSDATE(6) AS now, TIMESTAMPDIFF(MICROSECOND, NOW(6), SYSDATE(6)) AS waited_us
    FROM product_inventory WHERE product_id = ? FOR UPDATE`,
  values: [productId],
  read: ([row]) =>
    row && {
      allocations: readAllocations(row['channel_allocations'] as StoredAllocations),
      movementSeq: row['movement_seq'] as number,
      now: (row['now'] as Date).getTime(),
      waitedSeconds: (row['waited_us'] as number) / 1e6,
    },
});

export function saveInventory(tx: Tx, productId: number, allocations: Allocations, movementSeq: number): void {
  tx.write('UPDATE product_inventory SET channel_allocations = ?, movement_seq = ? WHERE product_id = ?', [
    JSON.stringify(storeAllocations(allocations)),
    movementSeq,
    productId,
  ]);
}
