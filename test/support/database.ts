import { randomUUID } from 'node:crypto';

import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';

import { loadDemoData } from '../../src/database/demo-data.js';
import { migrate } from '../../src/database/migrations.js';
import { connectionOptions } from '../../src/database/pools.js';

/** A database of one spec's own on the run's MySQL. */
export interface TestDatabase {
  readonly url: string;
  /** As the app's user. */
  readonly pool: Pool;
  rows<T>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  drop(): Promise<void>;
}

/** The URL of a database with a new name; nothing is created. */
export function newDatabaseUrl(base = env('TEST_MYSQL_URL')): string {
  const url = new URL(base);
  url.pathname = `/allotment_test_${randomUUID().replaceAll('-', '')}`;
  return url.href;
}

/** An empty database. @param base of another server than the run's */
export async function emptyDatabase(base?: string): Promise<TestDatabase> {
  const url = newDatabaseUrl(base);
  const name = new URL(url).pathname.slice(1);
  const server = createPool(connectionOptions(url.replace(`/${name}`, '/')));
  await server.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  const pool = createPool({ ...connectionOptions(url), multipleStatements: true, connectionLimit: 5 });
  return {
    url,
    pool,
    async rows<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
      const [rows] = await pool.query<RowDataPacket[]>(sql, [...values]);
      return rows as T[];
    },
    async drop() {
      await pool.end();
      await server.query(`DROP DATABASE IF EXISTS ${name}`);
      await server.end();
    },
  };
}

/** Partners A and B, products 106-108, as `npm start` leaves them on a fresh machine. */
export async function demoDatabase(base?: string): Promise<TestDatabase> {
  const database = await emptyDatabase(base);
  await migrate(database.url, quiet);
  await loadDemoData(database.url);
  return database;
}

export function env(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run through jest's integration project`);
  return value;
}

const quiet = (): void => undefined;
