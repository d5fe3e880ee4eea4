import type { RowDataPacket } from 'mysql2';

import type { Query } from '../database/transaction.js';
import type { Instant } from '../domain/instant.js';
import type { ReservationStatus } from '../domain/reservation.js';

/** Holds that were made in a period. */
export interface Cohort {
  readonly partnerIds: readonly string[];
  /** All products, when absent. */
  readonly productId: number | undefined;
  /** Included. */
  readonly from: Instant;
  /** Not included. */
  readonly to: Instant;
}

/** What became of a hold. An overdue one is expired, released or not; `sale_cancelled`: sold, and given back later. */
export type Outcome = 'open' | 'expired' | 'sold' | 'cancelled' | 'sale_cancelled';

/** A partner's holds that came to this. */
export interface CohortPart {
  readonly partnerId: string;
  readonly outcome: Outcome;
  readonly holds: number;
  readonly unitsHeld: number;
  /** Of a hold that was sold, those that were; else as many as were held. */
  readonly quantity: number;
}

export interface CohortNow {
  /** As of when a hold is overdue. */
  readonly now: Instant;
  readonly parts: readonly CohortPart[];
}

/** Statuses that holds of an outcome have, and what else is true of them. */
const BRANCHES: readonly (readonly [outcome: Outcome, status: ReservationStatus, condition: string])[] = [
  ['open', 'active', 'expires_at > NOW(6)'],
  ['expired', 'active', 'expires_at <= NOW(6)'],
  ['expired', 'expired', 'TRUE'],
  ['sold', 'activated', 'TRUE'],
  ['cancelled', 'cancelled', 'activated_at IS NULL'],
  ['sale_cancelled', 'cancelled', 'activated_at IS NOT NULL'],
];

/**
 * What became of a cohort: one pass through a range of an index for each partner and status, without touching a row. Sums of
 * floating point numbers are exact up to 2^53, and quicker than MySQL's decimal ones.
 */
export function cohort({ partnerIds, productId, from, to }: Cohort): Query<CohortNow> {
  const ofProduct = productId === undefined ? '' : 'AND product_id = ?';
  const branches = BRANCHES.map(
    ([outcome, status, condition]) => `SELECT partner_id, '${outcome}' AS outcome, COUNT(*) AS holds,
        SUM(quantity_held + 0e0) AS held, SUM(quantity + 0e0) AS quantity
      FROM channel_reservations FORCE INDEX (idx_reservations_partner_status)
      WHERE partner_id IN (?) AND status = '${status}' AND created_at >= ? AND created_at < ? ${ofProduct} AND ${condition}
      GROUP BY partner_id`,
  );
  const values = [partnerIds, new Date(from), new Date(to), ...(productId === undefined ? [] : [productId])];
  return {
    sql: `SELECT NOW(6) AS now, part.* FROM (SELECT 1) AS once LEFT JOIN (${branches.join(' UNION ALL ')}) AS part ON TRUE`,
    values: branches.flatMap(() => values),
    read: (rows) => ({
      now: (rows[0]?.['now'] as Date).getTime(),
      parts: rows.flatMap((row) => (row['partner_id'] === null ? [] : [readPart(row)])),
    }),
  };
}

const readPart = (row: RowDataPacket): CohortPart => ({
  partnerId: row['partner_id'] as string,
  outcome: row['outcome'] as Outcome,
  holds: row['holds'] as number,
  unitsHeld: row['held'] as number,
  quantity: row['quantity'] as number,
});
