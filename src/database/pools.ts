import type { PoolConnection } from 'mysql2';
import { createPool, type Pool, type PoolOptions } from 'mysql2/promise';

import { namesSeveral, serverUrls } from '../config/database-url.js';
import { Primary } from './primary.js';
import { setUpSessions } from './session.js';

/** Token of the pool that write transactions run on. */
export const LANES_POOL = Symbol('LANES_POOL');

/** Token of the database's URL, for work that has a connection of its own. */
export const DATABASE_URL = Symbol('DATABASE_URL');

/** A host that doesn't answer is given up on early: the unit of work tries again by itself. */
const CONNECT_MAX_MS = 3_000;

/** How values are worded in a statement: times are UTC, objects are never spread into SQL. */
export const WORDING = { timezone: 'Z', stringifyObjects: true } as const;

/**
 * How this product talks to MySQL, over any pool.
 * With several hosts each connection goes to whichever is the primary then; all made with one result watch it together.
 */
export function connectionOptions(url: string): PoolOptions {
  const servers = serverUrls(url);
  return {
    uri: servers[0],
    ...(namesSeveral(url) && { stream: new Primary(servers).connect }),
    charset: 'utf8mb4',
    ...WORDING,
    supportBigNumbers: true,
    connectTimeout: CONNECT_MAX_MS,
    enableKeepAlive: true,
  };
}

/**
 * The pool of the write path. It alone may send several statements in one packet, which saves round trips while a row
 * is locked; all it sends are fixed texts with bound values.
 */
export function createLanesPool(url: string, connectionsMax: number, options = connectionOptions(url)): Pool {
  const pool = createPool({ ...options, multipleStatements: true, connectionLimit: connectionsMax });
  setUpSessions(pool.pool, url);
  return pool;
}

/** A connection that takes callbacks: mysql2's promises draw up a stack for each call, in case it fails. */
export const connectionOf = ({ pool }: Pool): Promise<PoolConnection> =>
  new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => {
      if (error) reject(error);
      else resolve(connection);
    });
  });
