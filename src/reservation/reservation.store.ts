import { raw, type RowDataPacket } from 'mysql2';

import { SharedColumns, type Words } from '../database/shared-columns.js';
import type { Query, Tx } from '../database/transaction.js';
import type { RowUnits } from '../domain/drift.js';
import type { Instant } from '../domain/instant.js';
import type { PricingSnapshot } from '../domain/pricing.js';
import type { Hold, Reservation } from '../domain/reservation.js';

/**
 * Units of a channel's overdue holds, and the oldest of them, at most `holdsMax`, of equal ones any. Read with the inventory row locked, in
 * the order of the product's index: MySQL would rather go through the overdue holds of all products, or sort all of this one.
 */
export function overdueHolds(
  productId: number,
  channelId: string,
  now: Instant,
  holdsMax: number,
): [units: Query<number>, oldest: Query<Hold[]>] {
  const overdue = `FROM channel_reservations FORCE INDEX (idx_reservations_overdue)
    WHERE product_id = ? AND status = 'active' AND expires_at <= ? AND channel_id = ?`;
  const values = [productId, new Date(now), channelId];
  return [
    {
      sql: `SELECT CAST(COALESCE(SUM(quantity), 0) AS UNSIGNED) AS units ${overdue}`,
      values,
      read: ([row]) => row?.['units'] as number,
    },
    {
      sql: `SELECT reservation_id, channel_id, partner_id, quantity, expires_at ${overdue}
        ORDER BY expires_at LIMIT ?`,
      values: [...values, holdsMax],
      read: (rows) => rows.map(readHold),
    },
  ];
}

/** When a reservation was made; `undefined` when there is none of that id. */
export const createdAtOf = (reservationId: string): Query<Instant | undefined> => ({
  sql: 'SELECT created_at FROM channel_reservations WHERE reservation_id = ?',
  values: [reservationId],
  read: ([row]) => (row?.['created_at'] as Date | undefined)?.getTime(),
});

/** Whether a channel has more overdue holds than so many. */
export const hasMoreOverdueHolds = (productId: number, channelId: string, than: number): Query<boolean> => ({
  sql: `SELECT 1 FROM channel_reservations
    WHERE product_id = ? AND status = 'active' AND expires_at <= NOW(6) AND channel_id = ? LIMIT 1 OFFSET ?`,
  values: [productId, channelId, than],
  read: (rows) => rows.length > 0,
});

export interface ChannelOfProduct {
  readonly productId: number;
  readonly channelId: string;
}

/** Products and channels that have overdue holds, among the oldest of them all. */
export const channelsWithOverdueHolds = (holdsMax: number): Query<ChannelOfProduct[]> => ({
  sql: `SELECT DISTINCT product_id, channel_id FROM (
      SELECT product_id, channel_id FROM channel_reservations
      WHERE status = 'active' AND expires_at <= NOW(6) ORDER BY expires_at LIMIT ?
    ) oldest ORDER BY product_id, channel_id`,
  values: [holdsMax],
  read: (rows) =>
    rows.map((row) => ({ productId: row['product_id'] as number, channelId: row['channel_id'] as string })),
});

/** Milliseconds until the next hold falls due; those that are overdue already don't count. */
export const nextDueInMs = (): Query<number | undefined> => ({
  sql: `SELECT TIMESTAMPDIFF(MICROSECOND, NOW(6), MIN(expires_at)) AS due_in_us FROM channel_reservations
    WHERE status = 'active' AND expires_at > NOW(6)`,
  values: [],
  read: ([row]) => (typeof row?.['due_in_us'] === 'number' ? row['due_in_us'] / 1000 : undefined),
});

/** Holds of all products that are active, and those that are overdue and not yet released. */
export const activeAndOverdue = (): Query<{ active: number; overdue: number; oldestOverdueSeconds: number }> => ({
  sql: `SELECT COUNT(IF(expires_at > NOW(6), 1, NULL)) AS active, COUNT(IF(expires_at <= NOW(6), 1, NULL)) AS overdue,
      GREATEST(0, COALESCE(TIMESTAMPDIFF(MICROSECOND, MIN(expires_at), NOW(6)), 0)) AS oldest_us
    FROM channel_reservations WHERE status = 'active'`,
  values: [],
  read: ([row]) => ({
    active: row?.['active'] as number,
    overdue: row?.['overdue'] as number,
    oldestOverdueSeconds: (row?.['oldest_us'] as number) / 1e6,
  }),
});

/**
 * Units of a product's `active` and `activated` reservations by channel, whether or not they are overdue. From one index,
 * without touching the rows.
 */
export const unitsOfReservations = (productId: number): Query<Map<string, RowUnits>> => ({
  sql: `SELECT channel_id, CAST(SUM(IF(status = 'active', quantity, 0)) AS SIGNED) AS reserved,
      CAST(SUM(IF(status = 'activated', quantity, 0)) AS SIGNED) AS sold
    FROM channel_reservations FORCE INDEX (idx_reservations_overdue)
    WHERE product_id = ? AND status IN ('active', 'activated') GROUP BY channel_id`,
  values: [productId],
  read: (rows) =>
    new Map(
      rows.map((row) => [
        row['channel_id'] as string,
        { reserved: row['reserved'] as number, sold: row['sold'] as number },
      ]),
    ),
});

type Times = Readonly<Record<'expiresAt' | 'createdAt', Date | Words>>;

/** @param timesOf a reservation, when the database has to reckon them */
export function insertReservations(
  tx: Tx,
  reservations: readonly Reservation[],
  timesOf: (reservation: Reservation) => Times = ({ expiresAt, createdAt }) => ({
    expiresAt: new Date(expiresAt),
    createdAt: new Date(createdAt),
  }),
): void {
  if (reservations.length === 0) return;
  // All of a batch share one snapshot: it is most of a row's text, and sent once.
  const snapshots = new Map<PricingSnapshot, string | Words>();
  for (const { pricing } of reservations) {
    if (snapshots.has(pricing)) continue;
    const text = JSON.stringify(pricing);
    const variable = `@pricing_${snapshots.size}`;
    if (reservations.length > 1) tx.write(`SET ${variable} = ?`, [text]);
    snapshots.set(pricing, reservations.length > 1 ? raw(variable) : text);
  }
  const shared = new SharedColumns();
  tx.write(
    `INSERT INTO channel_reservations (reservation_id, quantity, quantity_held,
      product_id, channel_id, partner_id, status, expires_at, created_at, pricing_snapshot) VALUES ?`,
    [
      reservations.map((r) => {
        const { expiresAt, createdAt } = timesOf(r);
        return [
          r.id,
          r.quantity,
          r.quantityHeld,
          shared.of(r.productId, r.channelId, r.partnerId, r.status, expiresAt, createdAt, snapshots.get(r.pricing)),
        ];
      }),
    ],
  );
}

/** Writes what steps changed, by primary key; one statement each, all in the transaction's last packet. */
export function updateReservations(tx: Tx, reservations: readonly Reservation[]): void {
  for (const r of reservations) {
    tx.write(
      `UPDATE channel_reservations SET status = ?, quantity = ?, expires_at = ?, activated_at = ?, cancelled_at = ?,
        cancel_reason = ?, released_at = ?, extensions = ?, order_id = ?, activation_asked = ?, cancellation_asked = ?
      WHERE reservation_id = ?`,
      [
        r.status,
        r.quantity,
        new Date(r.expiresAt),
        dateOrNull(r.activatedAt),
        dateOrNull(r.cancelledAt),
        r.cancelReason ?? null,
        dateOrNull(r.releasedAt),
        r.extensions,
        r.order?.id ?? null,
        bytesOrNull(r.asked.activate),
        bytesOrNull(r.asked.cancel),
        r.id,
      ],
    );
  }
}

/** Takes holds out of `active`, by primary key. */
export function expireHolds(tx: Tx, holds: readonly Hold[], at: Instant): void {
  if (holds.length === 0) return;
  tx.write(
    `UPDATE channel_reservations SET status = 'expired', released_at = ? WHERE reservation_id IN (?) AND status = 'active'`,
    [new Date(at), holds.map((hold) => hold.id)],
  );
}

const dateOrNull = (at: Instant | undefined): Date | null => (at === undefined ? null : new Date(at));
const bytesOrNull = (hex: string | undefined): Buffer | null => (hex === undefined ? null : Buffer.from(hex, 'hex'));

const readHold = (row: RowDataPacket): Hold => ({
  id: row['reservation_id'] as string,
  channelId: row['channel_id'] as string,
  partnerId: row['partner_id'] as string,
  quantity: row['quantity'] as number,
  expiresAt: (row['expires_at'] as Date).getTime(),
});
