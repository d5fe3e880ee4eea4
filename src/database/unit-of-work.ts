import { setTimeout as sleep } from 'node:timers/promises';

import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { PoolConnection } from 'mysql2';
import type { Pool } from 'mysql2/promise';

import { DomainError } from '../domain/errors.js';
import { DURATION_BUCKETS_SECONDS, Metrics } from '../observability/metrics.js';
import { PRIMARY_CHECK } from './group-member.js';
import { isRolledBack, isServerAway, isTransient, isUnsent } from './mysql-errors.js';
import { connectionOf, LANES_POOL } from './pools.js';
import { NoPrimaryError } from './primary.js';
import { SilenceLimit } from './silence-limit.js';
import { type Query, Tx } from './transaction.js';

/** Work that takes place whole or not at all, and can tell afterwards whether it did. */
export interface Unit<T> {
  /** Locks, reads, decides, and queues its writes. Runs anew, from the start, at each try. */
  work(tx: Tx): Promise<T>;
  /**
   * Whether the last `work` took place, asked in a new transaction when a COMMIT's answer was lost. Takes the same lock
   * first, so that it waits for the end of the lost transaction.
   */
  tookPlace(tx: Tx): Promise<boolean>;
}

/** What `work` returned, or why nothing was applied: another try may do. */
export type Ended<T> = { readonly result: T } | { readonly cause: unknown };

/** How long one unit is tried again before its caller is told that it didn't take place: a restart of MySQL takes less. */
const RETRY_MAX_MS = 5_000;
/** How long a lost COMMIT's outcome is looked for: as much again, since giving up leaves the caller in doubt. */
const LOOK_UP_MAX_MS = 15_000;
/** Waits between tries, with jitter: short for a deadlock, longer while the server is away. */
const PAUSE_MS = { rolledBack: 5, serverAway: 100, growth: 2, max: 1_000 };

/** Runs units of work: each in one transaction, tried again as a whole after a deadlock or a lost connection, within bounds. */
@Injectable()
export class UnitOfWork implements OnApplicationShutdown {
  private readonly silence = new SilenceLimit();
  private readonly durations;
  private readonly retries;

  constructor(
    @Inject(LANES_POOL) private readonly pool: Pool,
    @Inject(PRIMARY_CHECK) private readonly primaryCheck: Query<string | undefined>,
    metrics: Metrics,
  ) {
    this.durations = metrics.histogram({
      name: 'allotment_transaction_duration_seconds',
      help: 'Write transactions, from having a connection to the end of COMMIT or ROLLBACK',
      labelNames: ['outcome'],
      buckets: DURATION_BUCKETS_SECONDS,
    });
    this.retries = metrics.counter({
      name: 'allotment_transaction_retries_total',
      help: 'Write transactions that were run again: rolled back by a deadlock or a lock timeout, or the server went away',
      labelNames: ['cause'],
    });
  }

  /**
   * @returns what `work` returned, after its COMMIT
   * @throws DomainError `unavailable`: nothing was applied; `outcome_unknown`: it may have been. Anything else: the
   * work's own error, and nothing was applied.
   */
  async run<T>(unit: Unit<T>): Promise<T> {
    const tries = new Tries(RETRY_MAX_MS);
    for (;;) {
      const ended = await this.attempt(unit);
      if ('result' in ended) return ended.result;
      const { cause } = ended;
      if (!(await tries.again(cause))) throw new DomainError(UNAVAILABLE, { cause });
      this.retries.inc({ cause: isRolledBack(cause) ? 'rolled_back' : 'server_away' });
    }
  }

  /** As {@link run}, but not again. */
  async attempt<T>(unit: Unit<T>): Promise<Ended<T>> {
    try {
      return { result: await this.inTransaction((tx) => unit.work(tx)) };
    } catch (error) {
      if (error instanceof CommitLost && (await this.lookUp(unit, error))) return { result: error.result as T };
      const cause = error instanceof CommitLost ? error.cause : error;
      if (!isTransient(cause)) throw cause;
      return { cause };
    }
  }

  onApplicationShutdown(): void {
    this.silence.close();
  }

  private async lookUp(unit: Unit<unknown>, lost: CommitLost): Promise<boolean> {
    const tries = new Tries(LOOK_UP_MAX_MS);
    for (;;) {
      try {
        return await this.inTransaction((tx) => this.tookPlace(tx, unit));
      } catch (error) {
        if (!isTransient(error) || !(await tries.again(error))) throw new DomainError(OUTCOME_UNKNOWN, { cause: lost });
      }
    }
  }

  /**
   * A primary that was cut off rolls back what the others may have committed, but not before it has left the group: asked
   * after the lock was had, one that is still the primary has told the truth.
   */
  private async tookPlace(tx: Tx, unit: Unit<unknown>): Promise<boolean> {
    const tookPlace = await unit.tookPlace(tx);
    const [whyNot] = await tx.read(this.primaryCheck);
    if (whyNot !== undefined) throw new NoPrimaryError(whyNot);
    return tookPlace;
  }

  private async inTransaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const connection = await connectionOf(this.pool);
    const started = performance.now();
    let outcome: 'committed' | 'failed' = 'failed';
    try {
      const result = await this.commit(connection, work);
      outcome = 'committed';
      return result;
    } finally {
      this.durations.observe({ outcome }, (performance.now() - started) / 1000);
    }
  }

  private async commit<T>(connection: PoolConnection, work: (tx: Tx) => Promise<T>): Promise<T> {
    const tx = new Tx(connection, () => this.silence.begin(connection));
    let result: T;
    try {
      result = await work(tx);
    } catch (error) {
      await this.giveBack(connection, tx, error);
      throw error;
    }
    if (!tx.writing) {
      await this.giveBack(connection, tx);
      return result;
    }
    try {
      await tx.commit();
    } catch (error) {
      await this.giveBack(connection, tx, error);
      throw isRolledBack(error) || isUnsent(error) ? error : new CommitLost(result, error);
    }
    this.release(connection);
    return result;
  }

  /** Ends a transaction that isn't to be committed. Closing the connection ends it too, whatever state it is in. */
  private async giveBack(connection: PoolConnection, tx: Tx, error?: unknown): Promise<void> {
    try {
      if (isServerAway(error)) throw error;
      await tx.rollback();
      this.release(connection);
    } catch {
      this.silence.forget(connection);
      connection.destroy();
    }
  }

  private release(connection: PoolConnection): void {
    this.silence.rests(connection);
    connection.release();
  }
}

/** COMMIT was sent and no answer says what came of it. */
class CommitLost extends Error {
  constructor(
    readonly result: unknown,
    override readonly cause: unknown,
  ) {
    super('the answer to COMMIT was lost', { cause });
  }
}

class Tries {
  private readonly deadline: number;
  private count = 0;

  constructor(maxMs: number) {
    this.deadline = performance.now() + maxMs;
  }

  /** Waits before the next try; false when there is no time left for one. */
  async again(error: unknown): Promise<boolean> {
    const first = isRolledBack(error) ? PAUSE_MS.rolledBack : PAUSE_MS.serverAway;
    const pause = Math.min(first * PAUSE_MS.growth ** this.count++, PAUSE_MS.max) * (0.5 + Math.random());
    if (performance.now() + pause > this.deadline) return false;
    await sleep(pause);
    return true;
  }
}

const UNAVAILABLE = {
  code: 'unavailable',
  detail:
    'The database did not take the change. Nothing was applied: repeat the request after the time in Retry-After.',
} as const;

const OUTCOME_UNKNOWN = {
  code: 'outcome_unknown',
  detail:
    'The connection to the database was lost while the change was being committed, so it may or may not have been ' +
    'applied. Repeat the request with the same Idempotency-Key, or look at your reservations before you send another.',
} as const;
