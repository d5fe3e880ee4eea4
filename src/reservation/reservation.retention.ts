import { exactTime, type OldRow, type OldRows, WALK_BEGINS, type WalkTerms } from '../database/old-rows.js';
import type { Query, Read } from '../database/transaction.js';

/** Statuses that nothing leads out of and no counter counts. Sales stay for good: `sold` is the sum of the activated ones. */
const OVER = ['expired', 'cancelled'] as const;

/** Rows of before 0012 that were released have no `released_at`. */
const IS_OLD = 'expires_at < ? AND COALESCE(released_at, cancelled_at, expires_at) < ?';

interface Place {
  readonly at: string;
  readonly id: string;
}

interface Found extends OldRow, Place {}

/** Holds that were given back, and sales that were cancelled, when both their end and their release are old. */
export const oldReservations: OldRows = {
  table: 'channel_reservations',

  async *walk(read: Read, terms: WalkTerms) {
    for (const status of OVER) {
      let after: Place = { at: WALK_BEGINS, id: '' };
      for (;;) {
        const rows = await read(nextRows(status, after, terms));
        const last = rows.at(-1);
        if (!last) break;
        yield rows;
        after = last;
      }
    }
  },

  lockOver: (rows, cutoff) => ({
    sql: `SELECT /*+ INDEX(channel_reservations PRIMARY) */ reservation_id FROM channel_reservations
      WHERE reservation_id IN (?) AND status IN (?) AND ${IS_OLD} ORDER BY reservation_id FOR UPDATE`,
    values: [rows.map(({ key }) => key[0]), OVER, cutoff, cutoff],
    read: (locked) => locked.map((row) => [row['reservation_id'] as string]),
  }),

  remove(tx, keys) {
    tx.write(
      `DELETE /*+ INDEX(channel_reservations PRIMARY) */ FROM channel_reservations
       WHERE reservation_id IN (?) AND status IN (?)`,
      [keys.map(([id]) => id), OVER],
    );
  },
};

/** In the order of its index: the optimiser would rather sort the table when much of it is old. */
const nextRows = (status: string, { at, id }: Place, { cutoff, batchMax, line }: WalkTerms): Query<Found[]> => ({
  sql: `SELECT reservation_id, ${exactTime('expires_at')} AS at, ${line} AS line
    FROM channel_reservations FORCE INDEX (idx_reservations_status)
    WHERE status = ? AND ${IS_OLD} AND expires_at >= ? AND (expires_at > ? OR reservation_id > ?)
    ORDER BY expires_at, reservation_id LIMIT ?`,
  values: [status, cutoff, cutoff, at, at, id, batchMax],
  read: (rows) =>
    rows.map((row) => ({
      key: [row['reservation_id']],
      id: row['reservation_id'] as string,
      at: row['at'] as string,
      line: row['line'] as string,
    })),
});
