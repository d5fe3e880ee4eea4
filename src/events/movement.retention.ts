import type { OldRow, OldRows, WalkTerms } from '../database/old-rows.js';
import type { Query, Read } from '../database/transaction.js';

interface Found extends OldRow {
  readonly seq: number;
  readonly channelId: string;
  readonly isOld: boolean;
  /** Of a reservation that still holds units. */
  readonly isLive: boolean;
}

/** By primary key: an EXISTS the optimiser would turn into a list of all active reservations, for every batch anew. */
const IS_LIVE = `COALESCE((SELECT r.status = 'active' FROM channel_reservations r
  WHERE r.reservation_id = inventory_movements.reservation_id), FALSE)`;

/**
 * Lines of the ledger, but for each channel's newest old one: it has the channel's balances at the cutoff, so that those
 * at any moment since are known from the ledger alone. Nothing else reads old lines: the next number is
 * `product_inventory.movement_seq`, and a lost COMMIT is looked up within seconds.
 */
export const oldMovements: OldRows = {
  table: 'inventory_movements',

  async *walk(read: Read, terms: WalkTerms) {
    for (const productId of await read(PRODUCTS)) {
      // A line is over once a newer old one of its channel was seen: one pass in the order of the primary key.
      const newest = new Map<string, Found>();
      for (let after = 0, more = true; more;) {
        const rows = await read(nextRows(productId, after, terms));
        const old = until(rows, ({ isOld }) => !isOld);
        const over: Found[] = [];
        for (const row of old) {
          const before = newest.get(row.channelId);
          if (before && !before.isLive) over.push(before);
          newest.set(row.channelId, row);
        }
        if (over.length > 0) yield over;
        after = old.at(-1)?.seq ?? after;
        more = old.length === terms.batchMax;
      }
    }
  },

  lockOver: (rows, cutoff) => ({
    sql: `SELECT /*+ INDEX(inventory_movements PRIMARY) */ product_id, seq FROM inventory_movements
      WHERE (product_id, seq) IN (?) AND occurred_at < ? AND NOT ${IS_LIVE} ORDER BY product_id, seq FOR UPDATE`,
    values: [rows.map(({ key }) => key), cutoff],
    read: (locked) => locked.map((row) => [row['product_id'] as number, row['seq'] as number]),
  }),

  remove(tx, keys) {
    tx.write(
      'DELETE /*+ INDEX(inventory_movements PRIMARY) */ FROM inventory_movements WHERE (product_id, seq) IN (?)',
      [keys],
    );
  },
};

const PRODUCTS: Query<number[]> = {
  sql: 'SELECT DISTINCT product_id FROM inventory_movements ORDER BY product_id',
  values: [],
  read: (rows) => rows.map((row) => row['product_id'] as number),
};

/** Within a product time goes with the numbers, so the first line that isn't old ends the walk without an index on time. */
const nextRows = (productId: number, after: number, { cutoff, batchMax, line }: WalkTerms): Query<Found[]> => ({
  sql: `SELECT seq, channel_id, occurred_at < ? AS is_old, ${IS_LIVE} AS is_live, ${line} AS line
    FROM inventory_movements FORCE INDEX (PRIMARY) WHERE product_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
  values: [cutoff, productId, after, batchMax],
  read: (rows) =>
    rows.map((row) => ({
      key: [productId, row['seq']],
      seq: row['seq'] as number,
      channelId: row['channel_id'] as string,
      isOld: row['is_old'] === 1,
      isLive: row['is_live'] === 1,
      line: row['line'] as string,
    })),
});

function until<T>(rows: readonly T[], ends: (row: T) => boolean): readonly T[] {
  const end = rows.findIndex(ends);
  return end === -1 ? rows : rows.slice(0, end);
}
