import type { PoolConnection } from 'mysql2';

import type { Statement } from './transaction.js';

/** A frozen process must not keep a hot row for hours: the server hangs up on a transaction that is silent for so long. */
const SILENT_MAX_SECONDS = 5;

const BEGIN: Statement = { sql: 'BEGIN', values: [] };
const LIMIT_AND_BEGIN: Statement = { sql: `SET SESSION wait_timeout = ${SILENT_MAX_SECONDS}; BEGIN`, values: [] };
const LIFT = 'SET SESSION wait_timeout = DEFAULT';

/** A connection that has rested for so long is one of a quiet pool, and is to last. */
const REST_MS = 1_000;
const LIFT_MAX_MS = 3_000;

/**
 * Bounds how long transactions may be silent. A busy connection keeps the bound between its transactions, which saves each of
 * them two statements; it is lifted once the connection rests.
 */
export class SilenceLimit {
  /** Connections that have it, and since when they rest, on this process's monotonic clock; `undefined` while in use. */
  private readonly limited = new Map<PoolConnection, number | undefined>();
  private readonly lifter = setInterval(() => {
    this.liftRested();
  }, REST_MS).unref();

  /** What begins a transaction on the connection; to be sent. */
  begin(connection: PoolConnection): Statement {
    const has = this.limited.has(connection);
    this.limited.set(connection, undefined);
    return has ? BEGIN : LIMIT_AND_BEGIN;
  }

  /** The connection goes back to its pool. */
  rests(connection: PoolConnection): void {
    if (this.limited.has(connection)) this.limited.set(connection, performance.now());
  }

  /** The connection is closed. */
  forget(connection: PoolConnection): void {
    this.limited.delete(connection);
  }

  /** Ends the lifting; call it when nothing runs any more. */
  close(): void {
    clearInterval(this.lifter);
  }

  private liftRested(): void {
    const latest = performance.now() - REST_MS;
    for (const [connection, since] of this.limited) {
      if (since === undefined || since > latest) continue;
      this.limited.delete(connection);
      // Whoever takes it meanwhile is served after that; one that is gone is out of its pool by itself.
      connection.query({ sql: LIFT, timeout: LIFT_MAX_MS }, () => undefined);
    }
  }
}
