import { LRUCache } from 'lru-cache';

import type { Decision } from '../domain/decision.js';
import type { Instant } from '../domain/instant.js';
import type { InventoryRow } from '../inventory/inventory.store.js';

/** A product's row as a COMMIT of this process left it. */
export interface KnownRow extends InventoryRow {
  readonly readAt: ReadAt;
}

/** When the row was last read. */
export interface ReadAt {
  readonly databaseTime: Instant;
  /** This process's monotonic clock once the answer was there, in ms. */
  readonly clock: number;
}

/** A few hundred bytes each. */
const ROWS_MAX = 1_000;
/** Bounds how far the two clocks drift apart, and how long nothing is read of a product that is reserved all the time. */
export const KNOWN_MAX_MS = 1_000;
/** Who was wrong about a row, or about a key, may well be so again: it costs two round trips. */
const SHARED_MS = 1_000;

/** Rows that may be decided by unread. Whoever writes by one holds it against the database's (ADR 12). */
export class KnownRows {
  private readonly rows = new LRUCache<number, KnownRow>({ max: ROWS_MAX });
  /** Since when, on this process's monotonic clock. */
  private readonly shared = new LRUCache<number, number>({ max: ROWS_MAX });

  /** Unknown from now on, until it is kept again: what fails leaves nothing behind. */
  take(productId: number): KnownRow | undefined {
    const known = this.rows.get(productId);
    this.rows.delete(productId);
    return known && isWithin(KNOWN_MAX_MS, known.readAt.clock) ? known : undefined;
  }

  keep(productId: number, row: KnownRow): void {
    if (!isWithin(SHARED_MS, this.shared.get(productId))) this.rows.set(productId, row);
  }

  /** The row was not as it was known: others write it, too. */
  share(productId: number): void {
    this.shared.set(productId, performance.now());
  }
}

const isWithin = (ms: number, since = -Infinity): boolean => performance.now() - since < ms;

/** @param before what the decision was made by */
export const rowAfter = (
  { sellableCap, allocations, movementSeq }: Decision,
  before: InventoryRow,
  readAt: ReadAt,
): KnownRow => ({ sellableCap: sellableCap ?? before.sellableCap, allocations, movementSeq, readAt });
