import { exactTime, type OldRow, type OldRows, WALK_BEGINS, type WalkTerms } from '../database/old-rows.js';
import type { Query, Read } from '../database/transaction.js';

interface Place {
  readonly at: string;
  readonly partnerId: string;
  readonly key: string;
}

interface Found extends OldRow {
  readonly place: Place;
}

/** Kept answers that nobody may count on any more: a request repeated under such a key is a new one. */
export const oldAnswers: OldRows = {
  table: 'idempotency_keys',

  async *walk(read: Read, terms: WalkTerms) {
    let after: Place = { at: WALK_BEGINS, partnerId: '', key: '' };
    for (;;) {
      const rows = await read(nextRows(after, terms));
      const last = rows.at(-1);
      if (!last) return;
      yield rows;
      after = last.place;
    }
  },

  lockOver: (rows, cutoff) => ({
    sql: `SELECT /*+ INDEX(idempotency_keys PRIMARY) */ partner_id, idempotency_key FROM idempotency_keys
      WHERE (partner_id, idempotency_key) IN (?) AND created_at < ? ORDER BY partner_id, idempotency_key FOR UPDATE`,
    values: [rows.map(({ key }) => key), cutoff],
    read: (locked) => locked.map((row) => [row['partner_id'] as string, row['idempotency_key'] as string]),
  }),

  remove(tx, keys) {
    tx.write(
      `DELETE /*+ INDEX(idempotency_keys PRIMARY) */ FROM idempotency_keys WHERE (partner_id, idempotency_key) IN (?)`,
      [keys],
    );
  },
};

const nextRows = ({ at, partnerId, key }: Place, { cutoff, batchMax, line }: WalkTerms): Query<Found[]> => ({
  sql: `SELECT partner_id, idempotency_key, ${exactTime('created_at')} AS at, ${line} AS line
    FROM idempotency_keys FORCE INDEX (idempotency_keys_age)
    WHERE created_at < ? AND created_at >= ?
      AND (created_at > ? OR partner_id > ? OR (partner_id = ? AND idempotency_key > ?))
    ORDER BY created_at, partner_id, idempotency_key LIMIT ?`,
  values: [cutoff, at, at, partnerId, partnerId, key, batchMax],
  read: (rows) =>
    rows.map((row) => {
      const place = {
        at: row['at'] as string,
        partnerId: row['partner_id'] as string,
        key: row['idempotency_key'] as string,
      };
      return { key: [place.partnerId, place.key], place, line: row['line'] as string };
    }),
});
