import { createPool, type Pool, type PoolConnection, type RowDataPacket } from 'mysql2/promise';

import { DatabaseError } from '../database/database-error.js';
import { isServerAway, NO_SUCH_TABLE } from '../database/mysql-errors.js';
import { connectionOptions } from '../database/pools.js';
import { setUpSessions } from '../database/session.js';
import type { Query } from '../database/transaction.js';
import { databaseName } from '../database/typeorm.js';
import { DomainError } from '../domain/errors.js';

/** What stopped an archive run, in words for whoever runs it. What was deleted before is in the files. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

const DENIED = new Set([
  1142, // to a table
  1143, // to a column
]);

/**
 * The connection of a run: it reads, and it holds the lock that keeps other runs out for as long as it lives.
 * Two runs at once would do no harm but twice the work.
 */
export class ArchiveSession {
  private constructor(
    private readonly pool: Pool,
    private readonly connection: PoolConnection,
  ) {}

  /** @throws ArchiveError when another run is at it */
  static async open(url: string): Promise<ArchiveSession> {
    const pool = createPool({ ...connectionOptions(url), connectionLimit: 1 });
    setUpSessions(pool.pool, url);
    const session = new ArchiveSession(pool, await pool.getConnection());
    const lock = `allotment.archive.${databaseName(url)}`.slice(0, 64);
    const taken = await session.read({
      sql: 'SELECT GET_LOCK(?, 0) AS taken',
      values: [lock],
      read: ([row]) => row?.['taken'] === 1,
    });
    if (taken) return session;
    await session.close();
    throw new ArchiveError('Another archive run is at work on this database. Let it finish, or stop it.');
  }

  async read<T>({ sql, values, read }: Query<T>): Promise<T> {
    const [rows] = await this.connection.query<RowDataPacket[]>(sql, [...values]);
    return read(rows);
  }

  /** @throws DatabaseError naming what is missing, before anything is done */
  async checkRights(table: string, readOnly: boolean): Promise<void> {
    await this.read({ sql: `SELECT 1 FROM ${table} LIMIT 0`, values: [], read: () => undefined });
    if (readOnly) return;
    // MySQL asks for the rights of the statement that is explained.
    await this.read({ sql: `EXPLAIN DELETE FROM ${table} WHERE FALSE`, values: [], read: () => undefined });
  }

  /** By the database's clock, which dated the rows. */
  times(olderThanDays: number): Promise<{ cutoff: string; startedAt: Date }> {
    return this.read({
      sql: `SELECT DATE_FORMAT(NOW(6) - INTERVAL ? DAY, '%Y-%m-%d %H:%i:%s.%f') AS cutoff, NOW(6) AS started_at`,
      values: [olderThanDays],
      read: ([row]) => ({ cutoff: row?.['cutoff'] as string, startedAt: row?.['started_at'] as Date }),
    });
  }

  /** The longest that any partner may hold units, rounded up. */
  longestHoldDays(): Promise<number> {
    return this.read({
      sql: 'SELECT CEIL(COALESCE(MAX(hold_max_seconds), 0) / 86400) AS days FROM partners',
      values: [],
      read: ([row]) => Number(row?.['days']),
    });
  }

  async close(): Promise<void> {
    this.connection.destroy();
    await this.pool.end();
  }
}

/** The error in words, where it was foreseen. */
export function explained(error: unknown): unknown {
  const { errno, code, message, syscall } = error as {
    errno?: number;
    code?: string;
    message?: string;
    syscall?: string;
  };
  if (errno === NO_SUCH_TABLE) {
    return new DatabaseError('This database has not been migrated: there is nothing to archive.', { cause: error });
  }
  if (errno !== undefined && DENIED.has(errno)) {
    return new DatabaseError(
      `This user may not archive (${message ?? ''}). Have an administrator give it the rights of deploy/mysql/archive-grants.sql.`,
      { cause: error },
    );
  }
  if (error instanceof DomainError || isServerAway(error)) {
    return new ArchiveError(
      `The database went away, or others kept rows locked for too long (${message ?? ''}). ${NOTHING_LOST}`,
      { cause: error },
    );
  }
  if (syscall !== undefined && code !== undefined) {
    return new ArchiveError(`The archive can't be written (${message ?? ''}). ${NOTHING_LOST}`, { cause: error });
  }
  return error;
}

const NOTHING_LOST = 'Every row is in a file, in the database, or in both: run it again.';
