import { join } from 'node:path';

import { createConnection } from 'mysql2/promise';

import { startEmbeddedMysql } from '../../db/embedded/mysql-server.js';
import { shareEmbeddedMysql, type SharedMysql } from '../../db/embedded/shared-server.js';
import type { Config } from '../config/config.js';
import { loadDemoData } from './demo-data.js';
import { HalfAppliedMigration, migrate } from './migrations.js';
import { NO_SUCH_TABLE } from './mysql-errors.js';
import { checkServer } from './server-check.js';

/** Database of the private server. */
const PRIVATE_DATABASE = 'allotment';

/** A database that is ready for the app. */
export interface OpenDatabase {
  readonly url: string;
  /** Whether the demo data's keys can be expected to work. */
  readonly demoData: boolean;
  /** Stops the private server, when there is one. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** A service runs the private server; a command works beside it, and runs one of its own only when there is none. */
  readonly purpose: 'service' | 'command';
  /** Whether pending migrations are run, and the demo data loaded where it belongs. */
  readonly migrate: boolean;
  readonly demoData: boolean;
}

/**
 * Gets a MySQL (the one that DATABASE_URL names, else a private one), and prepares its database.
 *
 * @param say is told what is being done, a line at a time
 * @throws DatabaseError, EmbeddedMysqlError: messages for whoever runs it
 */
export async function openDatabase(
  config: Config,
  options: OpenOptions,
  say: (line: string) => void,
): Promise<OpenDatabase> {
  const { databaseUrl } = config;
  if (databaseUrl !== undefined) {
    await checkServer(databaseUrl, config.databaseWaitSeconds, say);
    if (options.migrate) await migrate(databaseUrl, say);
    return { url: databaseUrl, demoData: await demo(databaseUrl, options, say), close: () => Promise.resolve() };
  }
  const server = await privateServer(config, options, say);
  try {
    const url = server.url(PRIVATE_DATABASE);
    await checkServer(url, config.databaseWaitSeconds, say);
    if (options.migrate) await migrateHealing(server, url, say);
    return { url, demoData: await demo(url, options, say), close: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function privateServer(
  { dataDir, mysqld }: Config,
  { purpose }: OpenOptions,
  say: (line: string) => void,
): Promise<SharedMysql> {
  const options = { dataDir: join(dataDir, 'mysql'), say, ...(mysqld === undefined ? {} : { mysqld }) };
  if (purpose === 'command') return shareEmbeddedMysql(options);
  const server = await startEmbeddedMysql(options);
  return { url: (database) => server.url(database), stop: () => server.stop(), own: true };
}

async function demo(
  url: string,
  { migrate: ready, demoData }: OpenOptions,
  say: (line: string) => void,
): Promise<boolean> {
  if (ready && demoData && (await loadDemoData(url))) say('demo data loaded');
  return demoData;
}

/** A first start that was killed half-way left nothing that anyone could miss: it begins anew. */
async function migrateHealing(server: SharedMysql, url: string, say: (line: string) => void): Promise<void> {
  try {
    await migrate(url, say);
  } catch (error) {
    if (!(server.own && error instanceof HalfAppliedMigration) || (await wasUsed(url))) throw error;
    say('the first start was interrupted: setting the database up anew');
    await run(server.url(PRIVATE_DATABASE), `DROP DATABASE ${PRIVATE_DATABASE}`);
    await checkServer(url, 0, say);
    await migrate(url, say);
  }
}

async function wasUsed(url: string): Promise<boolean> {
  try {
    const rows = await run(url, 'SELECT 1 FROM products UNION ALL SELECT 1 FROM partners LIMIT 1');
    return Array.isArray(rows) && rows.length > 0;
  } catch (error) {
    if ((error as { errno?: unknown }).errno === NO_SUCH_TABLE) return false;
    throw error;
  }
}

async function run(url: string, sql: string): Promise<unknown> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query(sql);
    return rows;
  } finally {
    connection.destroy();
  }
}
