import type { RowDataPacket } from 'mysql2';

import { exactTime } from '../database/old-rows.js';
import type { Query } from '../database/transaction.js';
import type { Instant } from '../domain/instant.js';
import { compareCustomerTypes, minorUnits, type PricingSnapshot } from '../domain/pricing.js';
import type { PriceLine } from '../domain/quote.js';
import type { Order, Reservation, ReservationStatus } from '../domain/reservation.js';

/** A reservation as it was read. */
export interface ReadReservation {
  readonly reservation: Reservation;
  /** The database's time then, by which an overdue hold is expired. */
  readonly now: Instant;
  /** Its place in its partner's list. */
  readonly position: Position;
}

export interface Position {
  /** With microseconds, as MySQL writes it. */
  readonly createdAt: string;
  readonly id: string;
}

const COLUMNS = `SELECT r.reservation_id, r.product_id, r.channel_id, r.partner_id, r.quantity, r.quantity_held, r.status,
    r.expires_at, r.created_at, r.activated_at, r.cancelled_at, r.cancel_reason, r.released_at, r.extensions,
    r.pricing_snapshot, HEX(r.activation_asked) AS activation_asked, HEX(r.cancellation_asked) AS cancellation_asked,
    o.id AS order_id, o.status AS order_status, o.quantity AS order_quantity, o.currency, o.total_amount,
    DATE_FORMAT(o.visit_date, '%Y-%m-%d') AS visit_date, o.external_reference,
    o.created_at AS order_created_at, o.cancelled_at AS order_cancelled_at,
    (SELECT JSON_ARRAYAGG(JSON_ARRAY(l.customer_type, l.quantity, l.unit_price, l.amount))
       FROM order_lines l WHERE l.order_id = o.id) AS order_lines,
    DATE_FORMAT(r.created_at, '%Y-%m-%d %H:%i:%s.%f') AS created_at_text, NOW(6) AS now`;
const WITH_ORDER = 'LEFT JOIN orders o ON o.id = r.order_id';
const RESERVATIONS = `${COLUMNS} FROM channel_reservations r ${WITH_ORDER}`;
const NEWEST_FIRST = 'ORDER BY r.created_at DESC, r.reservation_id DESC';

/** Those of the reservations that exist, whosever they are, by id. */
export const reservationsById = (ids: readonly string[]): Query<Map<string, Reservation>> => ({
  sql: `${RESERVATIONS} WHERE r.reservation_id IN (?)`,
  values: [ids],
  read: (rows) => new Map(rows.map((row) => [row['reservation_id'] as string, readReservation(row)])),
});

/** The partner's reservation of that id. */
export const reservationOf = (partnerId: string, id: string): Query<ReadReservation | undefined> => ({
  sql: `${RESERVATIONS} WHERE r.reservation_id = ? AND r.partner_id = ?`,
  values: [id, partnerId],
  read: ([row]) => row && readEntry(row),
});

/** The product of the partner's reservation of that id. */
export const productOfReservation = (partnerId: string, id: string): Query<number | undefined> => ({
  sql: 'SELECT product_id FROM channel_reservations WHERE reservation_id = ? AND partner_id = ?',
  values: [id, partnerId],
  read: ([row]) => row?.['product_id'] as number | undefined,
});

/** Where in the ledger a reservation's lines are: its product, and from when to when. Times as MySQL writes them, in UTC. */
export interface ReservationLife {
  readonly productId: number;
  readonly createdAt: string;
  /** Absent while more may happen to it. */
  readonly endedAt: string | undefined;
}

/** Whosever it is; `undefined` when there is no such reservation. */
export const lifeOfReservation = (id: string): Query<ReservationLife | undefined> => ({
  sql: `SELECT product_id, ${exactTime('created_at')} AS created_at_text,
      IF(status IN ('expired', 'cancelled'), ${exactTime('GREATEST(released_at, COALESCE(cancelled_at, released_at))')}, NULL) AS ended_at_text
    FROM channel_reservations WHERE reservation_id = ?`,
  values: [id],
  read: ([row]) =>
    row && {
      productId: row['product_id'] as number,
      createdAt: row['created_at_text'] as string,
      endedAt: (row['ended_at_text'] as string | null) ?? undefined,
    },
});

/** What a partner asks of its list. */
export interface ReservationFilter {
  readonly status: ReservationStatus | undefined;
  readonly productId: number | undefined;
  /** Entries of a page. */
  readonly limit: number;
  /** The last entry of the page before. */
  readonly after: Position | undefined;
}

/** A page of the partner's reservations, newest first, and one entry more when there is another page. */
export function reservationsOf(partnerId: string, filter: ReservationFilter): Query<ReadReservation[]> {
  const conditions = ['r.partner_id = ?'];
  const values: unknown[] = [partnerId];
  const add = (condition: string, ...bound: unknown[]): void => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (filter.status) add(STATUS_CONDITIONS[filter.status]);
  if (filter.productId !== undefined) add('r.product_id = ?', filter.productId);
  if (filter.after) {
    const { createdAt, id } = filter.after;
    // Written out: MySQL finds no range in a comparison of rows.
    add('r.created_at <= ? AND (r.created_at < ? OR r.reservation_id < ?)', createdAt, createdAt, id);
  }
  return {
    // The page is found before anything is joined to it: else MySQL may read and sort the partner's whole list.
    sql: `${COLUMNS} FROM (
        SELECT r.reservation_id FROM channel_reservations r WHERE ${conditions.join(' AND ')} ${NEWEST_FIRST} LIMIT ?
      ) page JOIN channel_reservations r ON r.reservation_id = page.reservation_id ${WITH_ORDER} ${NEWEST_FIRST}`,
    values: [...values, filter.limit + 1],
    read: (rows) => rows.map(readEntry),
  };
}

/** Fixed texts: an overdue hold is expired, whether or not its units were taken back yet. */
const STATUS_CONDITIONS = {
  active: "r.status = 'active' AND r.expires_at > NOW(6)",
  expired: "(r.status = 'expired' OR (r.status = 'active' AND r.expires_at <= NOW(6)))",
  activated: "r.status = 'activated'",
  cancelled: "r.status = 'cancelled'",
} as const satisfies Record<ReservationStatus, string>;

const readEntry = (row: RowDataPacket): ReadReservation => ({
  reservation: readReservation(row),
  now: instant(row['now']),
  position: { createdAt: row['created_at_text'] as string, id: row['reservation_id'] as string },
});

function readReservation(row: RowDataPacket): Reservation {
  return {
    id: row['reservation_id'] as string,
    productId: row['product_id'] as number,
    channelId: row['channel_id'] as string,
    partnerId: row['partner_id'] as string,
    quantity: row['quantity'] as number,
    quantityHeld: row['quantity_held'] as number,
    status: row['status'] as ReservationStatus,
    expiresAt: instant(row['expires_at']),
    createdAt: instant(row['created_at']),
    activatedAt: instantOrNone(row['activated_at']),
    cancelledAt: instantOrNone(row['cancelled_at']),
    cancelReason: (row['cancel_reason'] as string | null) ?? undefined,
    releasedAt: instantOrNone(row['released_at']),
    extensions: row['extensions'] as number,
    pricing: row['pricing_snapshot'] as PricingSnapshot,
    order: row['order_id'] === null ? undefined : readOrder(row),
    asked: { activate: hexOrNone(row['activation_asked']), cancel: hexOrNone(row['cancellation_asked']) },
  };
}

function readOrder(row: RowDataPacket): Order {
  return {
    id: row['order_id'] as number,
    status: row['order_status'] as Order['status'],
    quantity: row['order_quantity'] as number,
    visitDate: (row['visit_date'] as string | null) ?? undefined,
    externalReference: (row['external_reference'] as string | null) ?? undefined,
    createdAt: instant(row['order_created_at']),
    cancelledAt: instantOrNone(row['order_cancelled_at']),
    currency: row['currency'] as string,
    totalMinor: minorUnits(row['total_amount'] as string),
    lines: ((row['order_lines'] ?? []) as [string, number, number, number][])
      .map(readLine)
      .sort((a, b) => compareCustomerTypes(a.customerType, b.customerType)),
  };
}

const readLine = ([customerType, quantity, unitPrice, amount]: [string, number, number, number]): PriceLine => ({
  customerType,
  quantity,
  unitMinor: minorUnits(unitPrice),
  amountMinor: minorUnits(amount),
});

const instant = (value: unknown): Instant => (value as Date).getTime();
const instantOrNone = (value: unknown): Instant | undefined => (value === null ? undefined : instant(value));
const hexOrNone = (value: unknown): string | undefined =>
  value === null ? undefined : (value as string).toLowerCase();
