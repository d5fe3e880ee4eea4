import { createPool, type Pool, type PoolConnection, type RowDataPacket } from 'mysql2/promise';

import { connectionOptions } from './pools.js';
import { setUpSessions } from './session.js';
import type { Query } from './transaction.js';
import { databaseName } from './typeorm.js';

/** Work on a whole database that only one process at a time does. */
export type SoloWork = 'archive' | 'reconcile';

/** Of a statement that reads much. A network that has gone silent would be waited for until TCP gives up. */
const ANSWER_MAX_MS = 120_000;

/** A server that is gone needs no telling. */
const RELEASE_MAX_MS = 1_000;

/** A connection of one's own, and the lock that keeps others out of the same work for as long as it lives. */
export class SoloConnection {
  private constructor(
    private readonly pool: Pool,
    private readonly connection: PoolConnection,
  ) {}

  /** @returns `undefined` when somebody else is at it */
  static async open(url: string, work: SoloWork): Promise<SoloConnection | undefined> {
    const pool = createPool({ ...connectionOptions(url), connectionLimit: 1 });
    setUpSessions(pool.pool, url);
    try {
      const solo = new SoloConnection(pool, await pool.getConnection());
      const lock = `allotment.${work}.${databaseName(url)}`.slice(0, 64);
      const taken = await solo.read({
        sql: 'SELECT GET_LOCK(?, 0) AS taken',
        values: [lock],
        read: ([row]) => row?.['taken'] === 1,
      });
      if (taken) return solo;
      await solo.close();
      return undefined;
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  async read<T>({ sql, values, read }: Query<T>): Promise<T> {
    const [rows] = await this.connection.query<RowDataPacket[]>({ sql, values: [...values], timeout: ANSWER_MAX_MS });
    return read(rows);
  }

  /** For a statement that gives no rows. */
  async run(sql: string): Promise<void> {
    await this.connection.query({ sql, timeout: ANSWER_MAX_MS });
  }

  /** The next one may begin as soon as it returns. */
  async close(): Promise<void> {
    // The server takes a while to notice that a connection is gone, and keeps its locks for so long.
    await this.connection.query({ sql: 'DO RELEASE_ALL_LOCKS()', timeout: RELEASE_MAX_MS }).catch(() => undefined);
    this.connection.destroy();
    await this.pool.end();
  }
}
