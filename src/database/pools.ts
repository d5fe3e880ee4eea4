import { createPool, type Pool, type PoolOptions } from 'mysql2/promise';

import { setUpSessions } from './session.js';

/** Token of the pool that write transactions run on. */
export const LANES_POOL = Symbol('LANES_POOL');

/** Token of the database's URL, for work that has a connection of its own. */
export const DATABASE_URL = Symbol('DATABASE_URL');

/** A host that doesn't answer is given up on early: the unit of work tries again by itself. */
const CONNECT_MAX_MS = 3_000;

/** How this product talks to MySQL, over any pool: times are UTC, objects are never spread into SQL. */
export function connectionOptions(url: string): PoolOptions {
  return {
    uri: url,
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    stringifyObjects: true,
    connectTimeout: CONNECT_MAX_MS,
    enableKeepAlive: true,
  };
}

/**
 * The pool of the write path. It alone may send several statements in one packet, which saves round trips while a row
 * is locked; all it sends are fixed texts with bound values.
 */
export function createLanesPool(url: string, connectionsMax: number): Pool {
  const pool = createPool({ ...connectionOptions(url), multipleStatements: true, connectionLimit: connectionsMax });
  setUpSessions(pool.pool);
  return pool;
}
