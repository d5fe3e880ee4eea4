import type { Duplex } from 'node:stream';

import type { PoolConnection } from 'mysql2';

import { namesSeveral } from '../config/database-url.js';
import { NOT_SET_UP } from './mysql-errors.js';

/**
 * What every connection is set to, whatever the server's defaults are.
 * READ COMMITTED: under REPEATABLE READ look-ups of absent idempotency keys on two products deadlock, and one
 * product's expiry blocks another's insert. The sql_mode is strict and lacks NO_BACKSLASH_ESCAPES, which mysql2's
 * escaping relies on.
 */
const SESSION_SETTINGS = {
  transaction_isolation: 'READ-COMMITTED',
  time_zone: '+00:00',
  sql_mode:
    'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
  innodb_lock_wait_timeout: 3,
} as const;

/**
 * A new primary holds statements until it has applied all that the old one committed: a COMMIT that was acknowledged, or
 * may have been, is seen there or never took place. By session, so that it holds whatever the servers' default is.
 */
const GROUP_SETTINGS = { group_replication_consistency: 'BEFORE_ON_PRIMARY_FAILOVER' } as const;

const setUp = (settings: Readonly<Record<string, string | number>>): string =>
  `SET SESSION ${Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === 'number' ? value : `'${value}'`}`)
    .join(', ')}`;

/** As long as the handshake before it may take. */
const SET_UP_MAX_MS = 3_000;

const notSetUp = ({ message }: Error): Error => Object.assign(new Error(message), { code: NOT_SET_UP });

/** What mysql2's types leave out. */
type Streaming = PoolConnection & { readonly stream: Duplex };

interface ConnectionSource {
  on(event: 'connection', listener: (connection: PoolConnection) => void): unknown;
}

/**
 * Sets up each connection that the pool opens, before anything else runs on it; one that can't be set up is closed.
 *
 * @param url that the pool connects to
 */
export function setUpSessions<P extends ConnectionSource>(pool: P, url: string): P {
  const sql = setUp(namesSeveral(url) ? { ...SESSION_SETTINGS, ...GROUP_SETTINGS } : SESSION_SETTINGS);
  pool.on('connection', (connection) => {
    // mysql2 sends a connection's statements in order: this one was queued first.
    connection.query({ sql, timeout: SET_UP_MAX_MS }, (error) => {
      // Not destroy(): whoever has the connection already waits behind this statement, and would never be told.
      if (error) (connection as Streaming).stream.destroy(notSetUp(error));
    });
  });
  return pool;
}
