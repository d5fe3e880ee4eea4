import { createConnection, createPool, type Pool, type RowDataPacket } from 'mysql2/promise';

import type { EmbeddedMysql } from '../db/embedded/mysql-server.js';
import { migrate } from '../src/database/migrations.js';
import { connectionOptions } from '../src/database/pools.js';
import { checkServer } from '../src/database/server-check.js';

/** A database with products to sell, a partner and its key. */
export interface Stock {
  readonly name: string;
  /** As the app's user. */
  readonly url: string;
  /** As root, for what the bench itself reads and fills. */
  readonly pool: Pool;
  rows<T>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  close(): Promise<void>;
  drop(): Promise<void>;
}

export const PARTNER = 'bench';
export const KEY = 'bench_key_12345';
export const CHANNEL = 'ota';
export const PRODUCTS: readonly number[] = Array.from({ length: 100 }, (_, n) => n + 1);
/** More than any run can sell: a bench of refusals is another one. */
export const ALLOCATED = 1_000_000_000;
/** The limit is counted, as in production, and never reached. */
const REQUESTS_PER_MINUTE_MAX = 4_000_000_000;
const SCOPES = ['inventory:read', 'reservations:read', 'reservations:write'];

/** A handle on a database that may exist or not. */
export function stockOf(server: EmbeddedMysql, name: string): Stock {
  const pool = createPool({ ...connectionOptions(server.rootUrl(name)), multipleStatements: true, connectionLimit: 2 });
  return {
    name,
    url: server.url(name),
    pool,
    async rows<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
      const [rows] = await pool.query<RowDataPacket[]>(sql, [...values]);
      return rows as T[];
    },
    close: () => pool.end(),
    async drop() {
      await pool.end();
      // Not through the pool: it can't connect to a database that isn't there.
      const connection = await createConnection(server.rootUrl());
      await connection.query('DROP DATABASE IF EXISTS ??', [name]);
      await connection.end();
    },
  };
}

/** Makes the database: migrated as `npm run migrate` does it, with products like the demo data's. */
export async function makeStock(server: EmbeddedMysql, name: string): Promise<Stock> {
  const stock = stockOf(server, name);
  await checkServer(stock.url, 0, () => undefined);
  await migrate(stock.url, () => undefined);
  const allocations = JSON.stringify({ [CHANNEL]: { allocated: ALLOCATED, reserved: 0, sold: 0 } });
  await stock.rows(
    `INSERT INTO partners (id, name, channel_id, requests_per_minute_max) VALUES (?);
     INSERT INTO api_keys (partner_id, key_sha256, label, scopes) VALUES (?, UNHEX(SHA2(?, 256)), 'bench', ?);
     INSERT INTO products (id, name, currency, time_zone, weekday_price, weekend_price) VALUES ?;
     INSERT INTO customer_discounts (product_id, customer_type, amount) VALUES ?;
     INSERT INTO special_dates (visit_date, multiplier) VALUES (CURDATE() + INTERVAL 30 DAY, 1.5);
     INSERT INTO product_inventory (product_id, sellable_cap, channel_allocations, movement_seq) VALUES ?;
     INSERT INTO inventory_movements (product_id, seq, channel_id, kind, units, allocated, reserved, sold, occurred_at) VALUES ?`,
    [
      [PARTNER, 'Bench', CHANNEL, REQUESTS_PER_MINUTE_MAX],
      PARTNER,
      KEY,
      JSON.stringify(SCOPES),
      PRODUCTS.map((id) => [id, `Product ${id}`, 'CNY', 'Asia/Shanghai', '288.00', '318.00']),
      PRODUCTS.flatMap((id) => [
        [id, 'child', '100.00'],
        [id, 'elderly', '50.00'],
        [id, 'student', '50.00'],
      ]),
      PRODUCTS.map((id) => [id, ALLOCATED, allocations, 1]),
      PRODUCTS.map((id) => [id, 1, CHANNEL, 'opened', ALLOCATED, ALLOCATED, 0, 0, new Date()]),
    ],
  );
  return stock;
}
