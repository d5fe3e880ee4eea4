import type { EmbeddedMysql } from '../db/embedded/mysql-server.js';
import { migrate } from '../src/database/migrations.js';
import { FIRST_NEW_ID } from './soundness.js';
import { ALLOCATED, CHANNEL, makeStock, PARTNER, PRODUCTS, type Stock, stockOf } from './stock.js';

/** Rows that are there before the load. */
export interface Filling {
  readonly rows: number;
  /** Holds that all end at this moment; absent: reservations that were over long ago. */
  readonly dueAt?: Date;
}

/** Building as many takes minutes: their database stays for the next run. */
export const KEPT_FROM_ROWS = 1_000_000;

/** Names of databases that stay. */
export const KEPT_PREFIX = 'allotment_bench_old_';
/** As many in a transaction that 128 MB of buffers hold them well. */
const CHUNK_ROWS = 250_000;
const NEEDED_BY_FOREIGN_KEY = 1553;
/** While it is filled only; the sides are measured on MySQL's defaults. */
const FILLING_BUFFER_BYTES = 1024 ** 3;

/** A stock with old reservations, each with its movement; a large one is kept and used again. */
export async function oldStock(
  server: EmbeddedMysql,
  name: string,
  rows: number,
  say: (line: string) => void,
): Promise<Stock> {
  if (rows < KEPT_FROM_ROWS) return filled(await makeStock(server, name), { rows }, say);
  const kept = stockOf(server, `${KEPT_PREFIX}${rows}`);
  if (await isComplete(kept)) {
    say(`${rows} old reservations are there from an earlier run: used again`);
    // What has been added to the schema since takes longer than a start may.
    await migrate(kept.url, say);
    await removeNew(kept, rows);
    return kept;
  }
  await kept.drop();
  const stock = await filled(await makeStock(server, kept.name), { rows }, say);
  await stock.rows('CREATE TABLE bench_complete (id INT PRIMARY KEY)');
  return stock;
}

export const isKept = ({ name }: Stock): boolean => name.startsWith(KEPT_PREFIX);

/** Fills an empty stock. Not through the binary log, nor row by row into every index: nobody measures this. */
export async function filled(stock: Stock, filling: Filling, say: (line: string) => void): Promise<Stock> {
  const { rows } = filling;
  const started = performance.now();
  const connection = await stock.pool.getConnection();
  const run = (sql: string, values: readonly unknown[] = []): Promise<unknown> => connection.query(sql, [...values]);
  await run(
    `SET SESSION sql_log_bin = 0, foreign_key_checks = 0, unique_checks = 0, time_zone = '+00:00', cte_max_recursion_depth = ${CHUNK_ROWS};
     SET SESSION transaction_isolation = 'READ-COMMITTED'; SET GLOBAL innodb_buffer_pool_size = ${FILLING_BUFFER_BYTES}`,
  );
  try {
    const indexes = await dropIndexes(stock, run);
    for (let from = 0; from < rows; from += CHUNK_ROWS) {
      const chunk = Math.min(CHUNK_ROWS, rows - from);
      await run(INSERT_RESERVATIONS(filling), [chunk, ...reservationValues(filling, from)]);
      await run(INSERT_MOVEMENTS(filling), [chunk, ...movementValues(filling, from)]);
      const seconds = Math.round((performance.now() - started) / 1000);
      if (rows > CHUNK_ROWS) say(`filling ${stock.name}: ${from + chunk} of ${rows} rows, ${seconds} s`);
    }
    if (indexes.length > 0) {
      await run(`ALTER TABLE channel_reservations ${indexes.map((index) => `ADD ${index}`).join(', ')}`);
    }
    await run(`${SETTLE}; ANALYZE TABLE channel_reservations, inventory_movements`);
  } finally {
    await run('SET GLOBAL innodb_buffer_pool_size = DEFAULT');
    connection.destroy(); // its settings go with it
  }
  return stock;
}

/** Ids sort before the service's own; the rest is a function of the row's number n. */
const NUMBERS = 'WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?)';
const ID = `CONCAT('res_00', LPAD(? + n, 34, '0'))`;
const PRODUCT = `1 + MOD(? + n, ${PRODUCTS.length})`;
const OLD_STATUS = `IF(MOD((? + n) DIV ${PRODUCTS.length}, 2) = 0, 'expired', 'cancelled')`;
const SNAPSHOT = JSON.stringify({
  currency: 'CNY',
  timeZone: 'Asia/Shanghai',
  cutoffHours: 0,
  weekdayMinor: 28_800,
  weekendMinor: 31_800,
  discountsMinor: { child: 10_000, elderly: 5_000, student: 5_000 },
  specialDatesMilli: {},
});

/** Old ones ended one a second, the last of them an hour ago. */
const INSERT_RESERVATIONS = ({ dueAt }: Filling): string => `
  INSERT INTO channel_reservations (reservation_id, product_id, channel_id, partner_id, quantity, quantity_held, status,
    pricing_snapshot, expires_at, created_at, released_at)
  ${NUMBERS} SELECT ${ID}, ${PRODUCT}, '${CHANNEL}', '${PARTNER}', 1, 1, ${dueAt ? "'active'" : OLD_STATUS}, ?,
    ${dueAt ? '?, NOW(6), NULL' : 'NOW(6) - INTERVAL ? - n SECOND, NOW(6) - INTERVAL ? - n SECOND, NOW(6) - INTERVAL ? - n SECOND'}
  FROM numbers`;

function reservationValues({ rows, dueAt }: Filling, from: number): unknown[] {
  if (dueAt) return [from, from, SNAPSHOT, dueAt];
  const endedAgo = 3_600 + rows - from;
  return [from, from, from, SNAPSHOT, endedAgo, endedAgo + 86_400, endedAgo];
}

/** Holds add up in the ledger's balances; old ones have gone back. */
const INSERT_MOVEMENTS = ({ dueAt }: Filling): string => `
  INSERT INTO inventory_movements (product_id, seq, channel_id, kind, units, reservation_id, partner_id, allocated,
    reserved, sold, occurred_at)
  ${NUMBERS} SELECT ${PRODUCT}, 2 + (? + n) DIV ${PRODUCTS.length}, '${CHANNEL}', ${dueAt ? "'reserved'" : OLD_STATUS}, 1,
    ${ID}, '${PARTNER}', ${ALLOCATED}, ${dueAt ? `1 + (? + n) DIV ${PRODUCTS.length}` : '0'}, 0, NOW(6)
  FROM numbers`;

const movementValues = (_filling: Filling, from: number): unknown[] => [from, from, from, from];

/** Counters as the rows and the ledger have them. Without a word about the index MySQL looks through all active ones for each product. */
const SETTLE = `UPDATE product_inventory i SET
  movement_seq = (SELECT MAX(seq) FROM inventory_movements m WHERE m.product_id = i.product_id),
  channel_allocations = JSON_SET(channel_allocations, '$.${CHANNEL}.reserved', (
    SELECT CAST(COALESCE(SUM(quantity), 0) AS SIGNED) FROM channel_reservations r FORCE INDEX (idx_reservations_overdue)
    WHERE r.product_id = i.product_id AND r.status = 'active'), '$.${CHANNEL}.sold', 0)`;

/** @returns the definitions of those that could be dropped; a foreign key keeps the others */
async function dropIndexes(stock: Stock, run: (sql: string) => Promise<unknown>): Promise<string[]> {
  const [table] = await stock.rows<Record<string, string>>('SHOW CREATE TABLE channel_reservations');
  const dropped: string[] = [];
  for (const [, definition = '', name = ''] of (table?.['Create Table'] ?? '').matchAll(
    /^\s+(KEY `(\w+)` \(.*\)),?$/gm,
  )) {
    try {
      await run(`ALTER TABLE channel_reservations DROP INDEX ${name}`);
      dropped.push(definition);
    } catch (error) {
      if ((error as { errno?: unknown }).errno !== NEEDED_BY_FOREIGN_KEY) throw error;
    }
  }
  return dropped;
}

async function isComplete(stock: Stock): Promise<boolean> {
  const [found] = await stock
    .rows<{ n: number }>('SELECT COUNT(*) AS n FROM bench_complete')
    .catch((): { n: number }[] => []);
  return found !== undefined;
}

/** What an earlier run sold. */
async function removeNew(stock: Stock, rows: number): Promise<void> {
  await stock.rows('DELETE FROM channel_reservations WHERE reservation_id >= ?', [FIRST_NEW_ID]);
  for (const id of PRODUCTS) {
    const lastSeq = 1 + Math.ceil((rows - id + 1) / PRODUCTS.length);
    await stock.rows('DELETE FROM inventory_movements WHERE product_id = ? AND seq > ?', [id, lastSeq]);
  }
  await stock.rows(SETTLE);
}
