import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';

import { type Command, type Run, startCommand } from './command.js';
import type { TestDatabase } from './database.js';
import type { Ended } from './service.js';
import type { ArchivedLine } from './soundness.js';
import { addProducts } from './stock.js';

const TABLES = ['channel_reservations', 'idempotency_keys', 'inventory_movements'] as const;

export type ArchivedTable = (typeof TABLES)[number];
export type ArchivedRow = Readonly<Record<string, unknown>>;

/** In front of a command: no file may grow, as on a disk that is full. */
export const NO_ROOM: Command = ['sh', '-c', 'ulimit -f 0 && exec "$0" "$@"', process.execPath];

/** `npm run archive` as a process of its own. */
export const startArchive = (databaseUrl: string, args: readonly string[], command?: Command): Run =>
  startCommand('archive', databaseUrl, args, command);

export const runArchive = (databaseUrl: string, args: readonly string[], command?: Command): Promise<Ended> =>
  startArchive(databaseUrl, args, command).ended;

/** Rows of all files of a folder, also of one that a kill cut short. */
export function archivedRows(folder: string, table: ArchivedTable): ArchivedRow[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${table}-`))
    .sort()
    .flatMap((name) => {
      const text = gunzipSync(readFileSync(join(folder, name)), { finishFlush: constants.Z_SYNC_FLUSH }).toString();
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      return whole
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as ArchivedRow);
    });
}

/** Rows of the database, written as the archive has them. */
export async function storedRows(database: TestDatabase, table: ArchivedTable): Promise<ArchivedRow[]> {
  const [rows] = await database.pool.query({
    sql: `SELECT * FROM ${table}`,
    typeCast: (field, next) => {
      if (field.type === 'TIMESTAMP') return field.string('ascii')?.replace(' ', 'T').concat('Z') ?? null;
      if (field.type === 'LONGLONG') return field.string('ascii');
      const value = next();
      return Buffer.isBuffer(value) ? value.toString('hex') : value;
    },
  });
  return rows as ArchivedRow[];
}

/** All rows of the three tables, by table. */
export async function allRows(database: TestDatabase): Promise<Record<ArchivedTable, ArchivedRow[]>> {
  const [channel_reservations, idempotency_keys, inventory_movements] = await Promise.all(
    TABLES.map((table) => storedRows(database, table)),
  );
  return {
    channel_reservations: channel_reservations ?? [],
    idempotency_keys: idempotency_keys ?? [],
    inventory_movements: inventory_movements ?? [],
  };
}

/** Lines of the ledger that a folder's files have. */
export const archivedLines = (folder: string): ArchivedLine[] =>
  archivedRows(folder, 'inventory_movements').map((row) => ({
    productId: Number(row['product_id']),
    seq: Number(row['seq']),
  }));

/** The same text for the same row, whatever the order of its columns. */
export const textOf = (row: ArchivedRow): string => JSON.stringify(Object.entries(row).sort());

/** In an order of their own, to be compared. */
export const sorted = (rows: readonly ArchivedRow[]): ArchivedRow[] =>
  rows
    .map((row) => [textOf(row), row] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row);

const LONG_AGO_DAYS = 600;

/** A product with so many holds that were made and expired long ago, under a key each. */
export async function addOldHolds(database: TestDatabase, productId: number, count: number): Promise<void> {
  await addProducts(database, [productId], { ota: 1_000, direct: 1_000 });
  await database.rows(
    `SET SESSION cte_max_recursion_depth = 1000000;
     SET @begun = NOW(6) - INTERVAL ${LONG_AGO_DAYS} DAY;
     UPDATE inventory_movements SET occurred_at = @begun WHERE product_id = ?;
     CREATE TEMPORARY TABLE n (n INT PRIMARY KEY);
     INSERT INTO n WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?) SELECT n FROM numbers;
     INSERT INTO channel_reservations (reservation_id, product_id, channel_id, partner_id, quantity, quantity_held, status,
       expires_at, created_at, released_at, pricing_snapshot)
     SELECT CONCAT('res_old_', ?, '_', LPAD(n, 8, '0')), ?, 'ota', 'partner-a', 1, 1, 'expired', @begun + INTERVAL n MINUTE,
       @begun, @begun + INTERVAL n MINUTE + INTERVAL 7 MICROSECOND, '{"currency": "CNY"}' FROM n;
     INSERT INTO idempotency_keys (partner_id, idempotency_key, fingerprint, status, answer, created_at)
     SELECT 'partner-a', CONCAT('old-', ?, '-', n), UNHEX(SHA2(n, 256)), 201, CONCAT('{"n":', n, '}'), @begun FROM n;
     INSERT INTO inventory_movements (product_id, seq, channel_id, kind, units, reservation_id, partner_id, allocated, reserved, sold, occurred_at)
     SELECT ?, 1 + 2 * n + step, 'ota', IF(step = 0, 'reserved', 'expired'), 1, CONCAT('res_old_', ?, '_', LPAD(n, 8, '0')),
       'partner-a', 1000, 1 - step, 0, @begun + INTERVAL n MINUTE FROM n CROSS JOIN (SELECT 0 AS step UNION SELECT 1) steps;
     UPDATE product_inventory SET movement_seq = 2 + 2 * ? WHERE product_id = ?;
     DROP TEMPORARY TABLE n`,
    // prettier-ignore
    [
      productId, count, productId, productId, productId, productId, productId, count, productId,
    ],
  );
}
