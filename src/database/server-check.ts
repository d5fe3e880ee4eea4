import { setTimeout as sleep } from 'node:timers/promises';

import { createConnection } from 'mysql2/promise';
import type { RowDataPacket } from 'mysql2';

import { hostsOf, namesSeveral, withoutDatabase } from '../config/database-url.js';
import { DatabaseError } from './database-error.js';
import { isServerAway, NO_TABLE_RIGHT, NO_USER_RIGHT } from './mysql-errors.js';
import { connectionOptions } from './pools.js';
import { databaseName } from './typeorm.js';

const OLDEST = [8, 4] as const;
const UNKNOWN_DATABASE = 1049;
const PAUSE_MS = 500;

/**
 * Waits until the server answers, and refuses one that this product doesn't run on.
 * A database that doesn't exist yet is created.
 *
 * @throws DatabaseError naming what answered, or what to do
 */
export async function checkServer(url: string, waitSeconds: number, say: (line: string) => void): Promise<void> {
  const version = await waitForVersion(url, waitSeconds, say);
  const [major = 0, minor = 0] = version.split('.').map(Number.parseFloat);
  if (/mariadb/i.test(version)) {
    throw new DatabaseError(
      `DATABASE_URL leads to MariaDB ${version}. MariaDB is not MySQL (it lacks functional indexes and ->>): use MySQL 8.4 or newer.`,
    );
  }
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new DatabaseError(`DATABASE_URL leads to MySQL ${version}, which is too old: use MySQL 8.4 or newer.`);
  }
}

async function waitForVersion(url: string, waitSeconds: number, say: (line: string) => void): Promise<string> {
  const deadline = performance.now() + waitSeconds * 1000;
  for (let tries = 0; ; tries++) {
    try {
      return await readVersion(url);
    } catch (error) {
      const { errno, message } = error as { errno?: number; message: string };
      if (errno === UNKNOWN_DATABASE) await createDatabase(url);
      else if (!isServerAway(error) || isRefusal(errno))
        throw new DatabaseError(explain(url, errno, message), { cause: error });
      else if (performance.now() > deadline) {
        const what = namesSeveral(url) ? 'primary' : 'MySQL';
        throw new DatabaseError(
          `No ${what} answers at ${hostsOf(url)} (${message}). Start it, or correct DATABASE_URL.`,
          {
            cause: error,
          },
        );
      } else {
        if (tries === 0) say(`waiting for MySQL at ${hostsOf(url)}`);
        await sleep(PAUSE_MS);
      }
    }
  }
}

async function readVersion(url: string): Promise<string> {
  const connection = await createConnection(connectionOptions(url));
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      "SELECT CONCAT(VERSION(), ' ', @@version_comment) AS version",
    );
    return String(rows[0]?.['version']);
  } finally {
    connection.destroy();
  }
}

async function createDatabase(url: string): Promise<void> {
  const connection = await createConnection(connectionOptions(withoutDatabase(url)));
  try {
    await connection.query('CREATE DATABASE IF NOT EXISTS ?? CHARACTER SET utf8mb4', [databaseName(url)]);
  } catch (error) {
    throw new DatabaseError(
      `The database ${databaseName(url)} does not exist, and this user may not create it: CREATE DATABASE ${databaseName(url)} CHARACTER SET utf8mb4.`,
      { cause: error },
    );
  } finally {
    connection.destroy();
  }
}

/** Waiting doesn't help against it, not even where another server might answer in time. */
const isRefusal = (errno: number | undefined): boolean =>
  errno === NO_TABLE_RIGHT || (errno !== undefined && NO_USER_RIGHT.has(errno));

function explain(url: string, errno: number | undefined, message: string): string {
  const where = `MySQL at ${hostsOf(url)}`;
  if (errno === NO_TABLE_RIGHT) {
    return `${where} does not tell which server is the primary (${message}). GRANT SELECT ON performance_schema.replication_group_members to the user of DATABASE_URL.`;
  }
  return isRefusal(errno)
    ? `${where} refuses the user or password of DATABASE_URL (${message}).`
    : `${where} can't be used: ${message}.`;
}
