import type { TestDatabase } from './database.js';

/** What an answer of `GET /api/ota/inventory/{product_id}/explain` to an operator has. */
export interface Explained {
  readonly view: string;
  readonly as_of: string;
  readonly sellable_cap: number;
  readonly free: number;
  readonly held: number;
  readonly overdue: number;
  readonly sold: number;
  readonly unaccounted: number;
  readonly channels: readonly ({ channel_id: string; allocated: number } & Units)[];
  readonly partners: readonly { partner_id: string; held: number; overdue: number; sold: number; holds: number }[];
  readonly soonest: readonly { reservation_id: string; partner_id: string; units: number; reserved_until: string }[];
  readonly holds: number;
  readonly next_free: { at: string; units: number } | null;
}

interface Units {
  readonly free: number;
  readonly held: number;
  readonly overdue: number;
  readonly sold: number;
  readonly unaccounted: number;
}

/** A line as `GET /api/admin/movements` answers it. */
export interface Line {
  readonly product_id: number;
  readonly seq: number;
  readonly occurred_at: string;
  readonly channel_id: string;
  readonly kind: string;
  readonly units: number;
  readonly reservation_id: string | null;
  readonly partner_id: string | null;
  readonly allocated: number;
  readonly reserved: number;
  readonly sold: number;
  readonly actor: string | null;
  readonly reason: string | null;
}

export interface Lines {
  readonly movements: readonly Line[];
  readonly next_cursor: string | null;
}

/** What `GET /api/admin/products/{id}/balance` answers. */
export interface Balance {
  readonly at: string;
  readonly seq: number;
  readonly sellable_cap: number | null;
  readonly channels: readonly { channel_id: string; allocated: number; reserved: number; sold: number; seq: number }[];
  readonly unknown: readonly { channel_id: string; why: string }[];
}

/** When the first of the lines that {@link fillLedger} writes took place: 2026-01-01T00:00:00Z. */
export const FILLED_FROM = Date.parse('2026-01-01T00:00:00Z');

const LINES_AT_ONCE = 100_000;

/**
 * Fills the ledgers of these products, which exist and have no line, by SQL. Line n of a product took place n seconds after
 * {@link FILLED_FROM}: the first two open `direct` and `ota`, all others are of `ota`, by turns of 200 partners. The rest of
 * the product is left as it is, so the database isn't sound.
 */
export async function fillLedger(
  database: TestDatabase,
  productIds: readonly number[],
  linesEach: number,
): Promise<void> {
  const each = Math.max(1, Math.floor(LINES_AT_ONCE / productIds.length));
  for (let from = 1; from <= linesEach; from += each) {
    await database.rows(
      `SET SESSION cte_max_recursion_depth = 1000000;
       INSERT INTO inventory_movements (product_id, seq, channel_id, kind, units, reservation_id, partner_id,
         allocated, reserved, sold, batch_id, occurred_at, actor, reason)
       WITH RECURSIVE n (seq) AS (SELECT ? UNION ALL SELECT seq + 1 FROM n WHERE seq < ?)
       SELECT p.id, n.seq, IF(n.seq = 1, 'direct', 'ota'),
         IF(n.seq <= 2, 'opened', IF(n.seq MOD 2, 'reserved', 'expired')), IF(n.seq <= 2, 1000, 1),
         IF(n.seq <= 2, NULL, CONCAT('res_fill_', p.id, '_', n.seq DIV 2)),
         IF(n.seq <= 2, NULL, CONCAT('partner-', (n.seq DIV 2 + p.id) MOD 200)),
         1000, IF(n.seq > 2 AND n.seq MOD 2, 1, 0), 0, NULL, ? + INTERVAL n.seq SECOND,
         IF(n.seq MOD 2, 'key:1', NULL), IF(n.seq MOD 1000 = 3, '=SUM(A1), "quoted"', NULL)
       FROM products p JOIN n WHERE p.id IN (?) ORDER BY p.id, n.seq`,
      [from, Math.min(from + each - 1, linesEach), new Date(FILLED_FROM), productIds],
    );
  }
  await database.rows('ANALYZE TABLE inventory_movements');
}
