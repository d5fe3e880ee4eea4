import type { Reply, Reserved } from './api.js';
import type { Api } from './api.js';
import { PARTNER_A } from './app.js';
import type { TestDatabase } from './database.js';

const DAY_MS = 86_400_000;

/** Holds units. @throws Error when they are refused */
export async function holdUnits(api: Api, productId: number, quantity: number, key = PARTNER_A): Promise<Reserved> {
  const reply: Reply<Reserved> = await api.reserve(key, { product_id: productId, quantity });
  if (reply.status !== 201) throw new Error(`no hold: ${reply.text}`);
  return reply.body;
}

/** A reservation's row, as it is stored. */
export interface ReservationRow {
  readonly quantity: number;
  readonly quantity_held: number;
  readonly status: string;
  readonly expires_at: Date;
  readonly created_at: Date;
  readonly activated_at: Date | null;
  readonly cancelled_at: Date | null;
  readonly cancel_reason: string | null;
  readonly released_at: Date | null;
  readonly order_id: number | null;
  readonly extensions: number;
}

export async function rowOf(database: TestDatabase, id: string): Promise<ReservationRow> {
  const [row] = await database.rows<ReservationRow>('SELECT * FROM channel_reservations WHERE reservation_id = ?', [
    id,
  ]);
  if (!row) throw new Error(`${id} is not in the database`);
  return row;
}

/** What the ledger says of a reservation: each line's kind and units, and the channel's balances after it. */
export const movementsOf = (
  database: TestDatabase,
  id: string,
): Promise<{ kind: string; units: number; reserved: number; sold: number }[]> =>
  database.rows(
    'SELECT kind, units, reserved, sold FROM inventory_movements WHERE reservation_id = ? ORDER BY product_id, seq',
    [id],
  );

/** Everything that a refused step must leave as it was. */
export async function state(database: TestDatabase): Promise<unknown> {
  return Promise.all([
    database.rows('SELECT * FROM channel_reservations ORDER BY reservation_id'),
    database.rows('SELECT product_id, movement_seq, channel_allocations FROM product_inventory ORDER BY product_id'),
    database.rows('SELECT * FROM orders ORDER BY id'),
    database.rows('SELECT COUNT(*) AS kept FROM idempotency_keys'),
  ]);
}

/** Moves a hold's end by the database's clock; before now with a negative number. */
export const endIn = (database: TestDatabase, id: string, ms: number): Promise<unknown> =>
  database.rows(
    'UPDATE channel_reservations SET expires_at = NOW(3) + INTERVAL ? MICROSECOND WHERE reservation_id = ?',
    [ms * 1000, id],
  );

/** The day on which the product's place is so many days from now, `YYYY-MM-DD`; of China unless said. */
export const dayIn = (days: number, offsetHours = 8): string =>
  new Date(Date.now() + offsetHours * 3_600_000 + days * DAY_MS).toISOString().slice(0, 10);

/** A coming day of the week, 0 for Sunday, that is no special date of the demo data. */
export function coming(weekday: number): string {
  for (let days = 30; ; days++) {
    const day = dayIn(days);
    if (new Date(`${day}T00:00:00Z`).getUTCDay() === weekday && !/-(12-31|10-01)$/.test(day)) return day;
  }
}

export const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
