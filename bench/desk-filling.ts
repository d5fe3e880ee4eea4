import type { EmbeddedMysql } from '../db/embedded/mysql-server.js';
import { migrate } from '../src/database/migrations.js';
import { checkServer } from '../src/database/server-check.js';
import { KEPT_FROM_ROWS, KEPT_PREFIX } from './filling.js';
import { type Stock, stockOf } from './stock.js';

/** What an operator of some size has. */
export const DESK = { products: 2_000, partners: 200, activePerProduct: 100 } as const;
export const DESK_KEY = 'bench_desk_key_12345';
/** Of the first partner, whose name is {@link partnerId}(1). */
export const PARTNER_KEY = 'bench_partner_key_12345';
export const partnerId = (n: number): string => `desk-${String(n).padStart(3, '0')}`;

/** Of the product's first hold. */
export const reservationId = (productId: number): string => `res_00${String(productId).padStart(34, '0')}`;

const ALLOCATED = { direct: 1_000, ota: 1_000_000 };
/** Of every four holds one is sold, one cancelled, and two expire. */
const KIND = `ELT(1 + MOD(k, 4), 'activated', 'cancelled', 'expired', 'expired')`;
/** Each hold of a product came so long after the one before. */
const APART_SECONDS = 4_000;
/** Holds of one product after the other, in one transaction: as many products at once as the buffers take. */
const PRODUCTS_AT_ONCE = 50;

/** @param movements at least so many lines in the ledger; a large one is kept and used again */
export async function deskStock(server: EmbeddedMysql, movements: number, say: (line: string) => void): Promise<Stock> {
  const kept = movements >= KEPT_FROM_ROWS;
  const stock = stockOf(server, `${kept ? KEPT_PREFIX : 'allotment_bench_'}desk_${movements}`);
  if (kept && (await isComplete(stock))) {
    say(`${movements} movements are there from an earlier run: used again`);
    await migrate(stock.url, say);
    await addWork(stock);
    return stock;
  }
  await stock.drop();
  const fresh = stockOf(server, stock.name);
  await checkServer(fresh.url, 0, () => undefined);
  await migrate(fresh.url, () => undefined);
  await addWho(fresh);
  await fill(fresh, movements, say);
  await addWork(fresh);
  await fresh.rows('CREATE TABLE bench_complete (id INT PRIMARY KEY)');
  return fresh;
}

export const isDeskKept = ({ name }: Stock): boolean => name.startsWith(KEPT_PREFIX);

async function addWho(stock: Stock): Promise<void> {
  const partners = Array.from({ length: DESK.partners }, (_, n) => partnerId(n + 1));
  await stock.rows(
    `INSERT INTO partners (id, name, channel_id, requests_per_minute_max) VALUES ?;
     INSERT INTO api_keys (partner_id, key_sha256, label, scopes) VALUES
       ('operator', UNHEX(SHA2(?, 256)), 'bench', '["admin"]'),
       (?, UNHEX(SHA2(?, 256)), 'bench', '["inventory:read"]');`,
    [
      [
        ['operator', 'Operator', 'direct', 4_000_000_000],
        ...partners.map((id) => [id, `Partner ${id}`, 'ota', 4_000_000_000]),
      ],
      DESK_KEY,
      partnerId(1),
      PARTNER_KEY,
    ],
  );
}

/** What people at the desk did: changes in the log, and releases that are over. */
async function addWork(stock: Stock): Promise<void> {
  const [done] = await stock.rows<{ n: number }>('SELECT COUNT(*) AS n FROM desk_log');
  if (done?.n === WORK.lines) return;
  const numbers = 'WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?)';
  await stock.rows(
    `SET SESSION cte_max_recursion_depth = ${WORK.lines};
     DELETE FROM desk_log;
     INSERT INTO desk_log (id, occurred_at, actor, action, subject_type, subject_id, details)
     ${numbers} SELECT CONCAT('00000000-0000-7000-8000-', LPAD(n, 12, '0')), TIMESTAMP('2026-01-01') + INTERVAL n MINUTE, 'key:1',
       'partner.changed', 'partner', CONCAT('desk-', LPAD(1 + MOD(n, ${DESK.partners}), 3, '0')), '{"quantity_max": [100, 50]}' FROM numbers;
     INSERT IGNORE INTO scheduled_releases (id, product_id, from_channel, to_channel, keep_units, due_at, status, scheduled_at,
       scheduled_by, settled_at, units)
     ${numbers} SELECT CONCAT('rel_00000000-0000-7000-8000-', LPAD(n, 12, '0')), 1 + MOD(n, ${DESK.products}), 'ota', 'direct', 0,
       TIMESTAMP('2026-01-02') + INTERVAL n MINUTE, 'done', TIMESTAMP('2026-01-01'), 'key:1', TIMESTAMP('2026-01-02') + INTERVAL n MINUTE, 0
       FROM numbers`,
    [WORK.lines, WORK.releases],
  );
}

const WORK = { lines: 100_000, releases: 20_000 } as const;

async function fill(stock: Stock, movements: number, say: (line: string) => void): Promise<void> {
  const started = performance.now();
  const perProduct = Math.ceil(movements / DESK.products);
  // Two lines for a hold that is over, one for an active one.
  const over = Math.max(0, Math.ceil((perProduct - DESK.activePerProduct) / 2));
  const holds = over + DESK.activePerProduct;
  const connection = await stock.pool.getConnection();
  const run = (sql: string, values: readonly unknown[] = []): Promise<unknown> => connection.query(sql, [...values]);
  await run(`SET SESSION sql_log_bin = 0, foreign_key_checks = 0, unique_checks = 0, time_zone = '+00:00',
    cte_max_recursion_depth = ${PRODUCTS_AT_ONCE * holds}; SET GLOBAL innodb_buffer_pool_size = ${2 ** 30}`);
  try {
    for (let from = 1; from <= DESK.products; from += PRODUCTS_AT_ONCE) {
      const products = Math.min(PRODUCTS_AT_ONCE, DESK.products - from + 1);
      await run(addProducts(from, products, over));
      await run(addHolds(from, products, { over, holds }));
      await run(addLedger(from, products, { over, holds }));
      if ((from - 1) % (PRODUCTS_AT_ONCE * 5) === 0) {
        const seconds = Math.round((performance.now() - started) / 1000);
        say(`filling ${stock.name}: ${from - 1 + products} of ${DESK.products} products, ${seconds} s`);
      }
    }
    await run('ANALYZE TABLE channel_reservations, inventory_movements, products, partners');
  } finally {
    await run('SET GLOBAL innodb_buffer_pool_size = DEFAULT');
    connection.destroy(); // its settings go with it
  }
}

interface Counts {
  /** Holds of a product that are over. */
  readonly over: number;
  /** All of them. */
  readonly holds: number;
}

/** Rows (product p, its k-th hold), in the order of their ids. */
const rowsOf = (from: number, products: number, { holds }: Counts): string => `
  WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${products * holds}),
  rows_of (p, k, id, partner, made) AS (
    SELECT ${from} + n DIV ${holds}, MOD(n, ${holds}),
      CONCAT('res_00', LPAD(MOD(n, ${holds}) * ${DESK.products} + ${from} + n DIV ${holds}, 34, '0')),
      CONCAT('desk-', LPAD(1 + MOD(n DIV ${holds} + MOD(n, ${holds}) + ${from}, ${DESK.partners}), 3, '0')),
      TIMESTAMP('2026-01-01') + INTERVAL (MOD(n, ${holds}) * ${APART_SECONDS} + n DIV ${holds}) SECOND
    FROM numbers)`;

const addProducts = (from: number, products: number, over: number): string => `
  INSERT INTO products (id, name, currency, time_zone, weekday_price, weekend_price)
  WITH RECURSIVE ids (id) AS (SELECT ${from} UNION ALL SELECT id + 1 FROM ids WHERE id + 1 < ${from + products})
    SELECT id, CONCAT('Product ', id), 'CNY', 'Asia/Shanghai', 288, 318 FROM ids;
  INSERT INTO product_inventory (product_id, sellable_cap, channel_allocations, movement_seq)
  SELECT id, ${ALLOCATED.direct + ALLOCATED.ota}, JSON_OBJECT(
      'direct', JSON_OBJECT('allocated', ${ALLOCATED.direct}, 'reserved', 0, 'sold', 0),
      'ota', JSON_OBJECT('allocated', ${ALLOCATED.ota}, 'reserved', ${DESK.activePerProduct}, 'sold', ${soldBefore(String(over))})),
    2 + 2 * ${over} + ${DESK.activePerProduct}
  FROM products WHERE id BETWEEN ${from} AND ${from + products - 1};
  INSERT INTO inventory_movements (product_id, seq, channel_id, kind, units, allocated, reserved, sold, occurred_at)
  SELECT id, channels.seq, channels.channel_id, 'opened', channels.units, channels.units, 0, 0, TIMESTAMP('2025-12-31')
  FROM products, (SELECT 1 AS seq, 'direct' AS channel_id, ${ALLOCATED.direct} AS units UNION ALL SELECT 2, 'ota', ${ALLOCATED.ota}) channels
  WHERE id BETWEEN ${from} AND ${from + products - 1}`;

/** Units sold by the holds before the k-th. */
function soldBefore(k: string): string {
  return `(${k} + 3) DIV 4`;
}

/** Active ones end within the next weeks, whenever this is run. */
const addHolds = (from: number, products: number, counts: Counts): string => `
  INSERT INTO channel_reservations (reservation_id, product_id, channel_id, partner_id, quantity, quantity_held, status,
    pricing_snapshot, expires_at, created_at, released_at, activated_at, cancelled_at)
  ${rowsOf(from, products, counts)}
  SELECT id, p, 'ota', partner, 1, 1, IF(k < ${counts.over}, ${KIND}, 'active'),
    '{"currency":"CNY","timeZone":"Asia/Shanghai","cutoffHours":0,"weekdayMinor":28800,"weekendMinor":31800,"discountsMinor":{},"specialDatesMilli":{}}',
    IF(k < ${counts.over}, made + INTERVAL 1 DAY, TIMESTAMP('2037-01-01') + INTERVAL k SECOND), made,
    IF(k < ${counts.over} AND ${KIND} <> 'activated', made + INTERVAL 1 HOUR, NULL),
    IF(k < ${counts.over} AND ${KIND} = 'activated', made + INTERVAL 1 HOUR, NULL),
    IF(k < ${counts.over} AND ${KIND} = 'cancelled', made + INTERVAL 1 HOUR, NULL)
  FROM rows_of`;

/** Each hold is over before the next one of its product is made, so that the balances are easy to tell. */
const addLedger = (from: number, products: number, counts: Counts): string => `
  INSERT INTO inventory_movements (product_id, seq, channel_id, kind, units, reservation_id, partner_id, allocated, reserved,
    sold, batch_id, occurred_at, actor)
  ${rowsOf(from, products, counts)},
  steps (step) AS (SELECT 1 UNION ALL SELECT 2)
  SELECT p, IF(k < ${counts.over}, 2 + 2 * k + step, 2 + ${counts.over} + k + 1), 'ota', IF(step = 1, 'reserved', ${KIND}), 1, id, partner,
    ${ALLOCATED.ota}, IF(k < ${counts.over}, 2 - step, k - ${counts.over} + 1),
    IF(k < ${counts.over}, ${soldBefore('k')} + (step = 2 AND MOD(k, 4) = 0), ${soldBefore(String(counts.over))}),
    RIGHT(id, 36), made + INTERVAL (step - 1) HOUR, IF(step = 1, 'key:2', NULL)
  FROM rows_of JOIN steps ON step = 1 OR k < ${counts.over}`;

async function isComplete(stock: Stock): Promise<boolean> {
  const [found] = await stock
    .rows<{ n: number }>('SELECT COUNT(*) AS n FROM bench_complete')
    .catch((): { n: number }[] => []);
  return found !== undefined;
}
