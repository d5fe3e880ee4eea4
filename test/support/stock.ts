import type { Reply } from './api.js';
import type { TestDatabase } from './database.js';

/** Adds products with these shares by channel, and the ledger's first lines for them. */
export async function addProducts(
  database: TestDatabase,
  ids: readonly number[],
  shares: Readonly<Record<string, number>>,
): Promise<void> {
  const channels = Object.entries(shares);
  const cap = channels.reduce((sum, [, units]) => sum + units, 0);
  const allocations = Object.fromEntries(
    channels.map(([channel, allocated]) => [channel, { allocated, reserved: 0, sold: 0 }]),
  );
  await database.rows(
    `INSERT INTO products (id, name, currency, time_zone, weekday_price, weekend_price) VALUES ?;
     INSERT INTO product_inventory (product_id, sellable_cap, channel_allocations, movement_seq) VALUES ?;
     INSERT INTO inventory_movements (product_id, seq, channel_id, kind, units, allocated, reserved, sold, occurred_at) VALUES ?`,
    [
      ids.map((id) => [id, `Product ${id}`, 'CNY', 'Asia/Shanghai', '100.00', '120.00']),
      ids.map((id) => [id, cap, JSON.stringify(allocations), channels.length]),
      ids.flatMap((id) =>
        channels.map(([channel, units], n) => [id, n + 1, channel, 'opened', units, units, 0, 0, new Date()]),
      ),
    ],
  );
}

/** So many numbers from the first on. */
export const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);

/** Puts the expiry of active holds of these products into the past. */
export async function makeOverdue(database: TestDatabase, productIds: readonly number[]): Promise<void> {
  await database.rows(
    `UPDATE channel_reservations SET expires_at = NOW(6) - INTERVAL 1 MINUTE WHERE status = 'active' AND product_id IN (?)`,
    [productIds],
  );
}

/** Puts one hold's expiry into the past; takes the inventory row first, as every writer does, so that it may be done under load. */
export async function makeLapse(database: TestDatabase, id: string): Promise<void> {
  await database.rows(
    `START TRANSACTION;
     SELECT 1 FROM product_inventory
       WHERE product_id = (SELECT product_id FROM channel_reservations WHERE reservation_id = ?) FOR UPDATE;
     UPDATE channel_reservations SET expires_at = NOW(6) - INTERVAL 1 MINUTE WHERE reservation_id = ? AND status = 'active';
     COMMIT`,
    [id, id],
  );
}

export interface StoredReservation {
  readonly reservation_id: string;
  readonly product_id: number;
  readonly channel_id: string;
  readonly partner_id: string;
  readonly quantity: number;
  readonly status: string;
}

/** A product's reservations as they are stored, oldest first. */
export const reservationsOf = (database: TestDatabase, productId: number): Promise<StoredReservation[]> =>
  database.rows<StoredReservation>(
    `SELECT reservation_id, product_id, channel_id, partner_id, quantity, status
     FROM channel_reservations WHERE product_id = ? ORDER BY reservation_id`,
    [productId],
  );

/** How many replies have each status. */
export function tally(replies: readonly Reply<unknown>[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
