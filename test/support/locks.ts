import { setTimeout as sleep } from 'node:timers/promises';

import { createConnection, type PoolConnection, type RowDataPacket } from 'mysql2/promise';

import { databaseName } from '../../src/database/typeorm.js';
import { env, type TestDatabase } from './database.js';

const LOOK_EVERY_MS = 20;
const LOOKS_MAX = 400;

/** Holds what a statement locks, as another process would, until it is let go. */
export interface HeldLock {
  readonly connection: PoolConnection;
  release(): Promise<void>;
}

export async function hold(database: TestDatabase, sql: string, values: readonly unknown[] = []): Promise<HeldLock> {
  const connection = await database.pool.getConnection();
  await connection.beginTransaction();
  await connection.query(sql, [...values]);
  return {
    connection,
    release: async () => {
      await connection.commit();
      connection.release();
    },
  };
}

/** Holds the row that every change of the products' units locks first. */
export const holdInventory = (database: TestDatabase, ...productIds: number[]): Promise<HeldLock> =>
  hold(database, 'SELECT 1 FROM product_inventory WHERE product_id IN (?) ORDER BY product_id FOR UPDATE', [
    productIds,
  ]);

/** Waits until so many transactions on this database wait for a row. @returns their connections' ids */
export async function waitForLockWaits(database: TestDatabase, count: number): Promise<number[]> {
  const root = await createConnection(env('TEST_MYSQL_ROOT_URL'));
  try {
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      const [rows] = await root.query<RowDataPacket[]>(
        `SELECT DISTINCT t.PROCESSLIST_ID AS id
         FROM performance_schema.data_lock_waits w
         JOIN performance_schema.data_locks l ON l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID
         JOIN performance_schema.threads t ON t.THREAD_ID = w.REQUESTING_THREAD_ID
         WHERE l.OBJECT_SCHEMA = ?`,
        [databaseName(database.url)],
      );
      if (rows.length >= count) return rows.map((row) => row['id'] as number);
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    await root.end();
  }
  throw new Error(`fewer than ${count} transactions wait for a row`);
}

/** Ends a connection, or only what it is doing, as an administrator would. */
export async function kill(connectionId: number, what: 'CONNECTION' | 'QUERY' = 'CONNECTION'): Promise<void> {
  const root = await createConnection(env('TEST_MYSQL_ROOT_URL'));
  await root.query(`KILL ${what} ${connectionId}`);
  await root.end();
}
