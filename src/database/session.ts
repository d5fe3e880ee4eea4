import type { PoolConnection } from 'mysql2';

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

const SET_UP = `SET SESSION ${Object.entries(SESSION_SETTINGS)
  .map(([name, value]) => `${name} = ${typeof value === 'number' ? value : `'${value}'`}`)
  .join(', ')}`;

interface ConnectionSource {
  on(event: 'connection', listener: (connection: PoolConnection) => void): unknown;
}

/** Sets up each connection that the pool opens, before anything else runs on it; one that can't be set up is closed. */
export function setUpSessions<P extends ConnectionSource>(pool: P): P {
  pool.on('connection', (connection) => {
    // mysql2 sends a connection's statements in order: this one was queued first.
    connection.query(SET_UP, (error) => {
      if (error) connection.destroy();
    });
  });
  return pool;
}
