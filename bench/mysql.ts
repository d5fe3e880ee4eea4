import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createConnection, type RowDataPacket } from 'mysql2/promise';

import { type EmbeddedMysql, startEmbeddedMysql } from '../db/embedded/mysql-server.js';
import { KEPT_PREFIX } from './filling.js';

/** The bench's own server, and how to be rid of it. */
export interface BenchMysql {
  readonly server: EmbeddedMysql;
  /** Stops it; its data stay when they are kept. */
  close(): Promise<void>;
}

/** Where tables stay that take minutes to fill. */
const KEPT_FOLDER = join('.data', 'bench');
/** All sides' pools together, with the baseline's at its largest. */
const CONNECTIONS_MAX = 400;

/** MySQL as it comes, but for the number of connections. @param keep whether its data stay for the next run */
export async function startMysql(keep: boolean, say: (line: string) => void): Promise<BenchMysql> {
  const dataDir = keep ? KEPT_FOLDER : mkdtempSync(join(tmpdir(), 'allotment-bench-'));
  const remove = (): void => {
    if (!keep) rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const server = await startEmbeddedMysql({
      dataDir,
      say,
      ...(process.env['MYSQLD'] ? { mysqld: process.env['MYSQLD'] } : {}),
      serverOptions: [`--max-connections=${CONNECTIONS_MAX}`],
    });
    return {
      server,
      async close() {
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** What makes a committed reservation last. */
export interface Durability {
  readonly flushAtCommit: number;
  readonly syncBinlog: number;
  readonly binlog: number;
}

/** As the server has it. @throws Error when it isn't MySQL's default: nothing would be comparable */
export async function durabilityOf(server: EmbeddedMysql): Promise<Durability> {
  const connection = await createConnection(server.rootUrl());
  const [rows] = await connection.query<(RowDataPacket & Durability)[]>(
    'SELECT @@innodb_flush_log_at_trx_commit AS flushAtCommit, @@sync_binlog AS syncBinlog, @@log_bin AS binlog',
  );
  // What a killed run left.
  const [left] = await connection.query<RowDataPacket[]>(`SHOW DATABASES LIKE 'allotment\\_bench\\_%'`);
  for (const name of left.flatMap((row) => Object.values(row) as string[])) {
    if (!name.startsWith(KEPT_PREFIX)) await connection.query('DROP DATABASE ??', [name]);
  }
  await connection.end();
  const [durability] = rows;
  if (durability?.flushAtCommit !== 1 || durability.syncBinlog !== 1 || durability.binlog !== 1)
    throw new Error(`this MySQL is not durable: ${JSON.stringify(durability)}`);
  return durability;
}
