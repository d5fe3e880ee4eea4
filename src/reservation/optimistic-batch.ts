import type { KeptProduct } from '../catalog/price-book.js';
import type { Tx } from '../database/transaction.js';
import type { Unit } from '../database/unit-of-work.js';
import type { Share } from '../database/group-commit.js';
import type { Command } from '../domain/command.js';
import { decide } from '../domain/decide.js';
import type { Situation } from '../domain/decision.js';
import { countsUnits } from '../domain/hold-limits.js';
import type { Instant } from '../domain/instant.js';
import { lockUnchanged } from '../inventory/inventory.store.js';
import { BatchWrites, type Decided } from './batch-writes.js';
import { type KnownRow, rowAfter } from './known-rows.js';

/** A packet that comes so late is not to take place: it was decided by the time at which it was made. */
const LATE_MAX_MS = 1_000;

/**
 * Reserves of one product in one round trip: decided by its row as this process left it, and written only if it still is so
 * (ADR 12).
 */
export class OptimisticBatch implements Unit<Decided> {
  private readonly writes = new BatchWrites();

  private constructor(
    private readonly decided: Decided,
    private readonly was: KnownRow,
    private readonly product: KeptProduct,
    private readonly now: Instant,
  ) {}

  /** @returns `undefined` when more has to be read. So it has before anyone is told no. */
  static of({ productId, commands }: Share<Command>, was: KnownRow, product: KeptProduct): OptimisticBatch | undefined {
    if (!commands.every(isDecidedByRow)) return undefined;
    const { sellableCap, allocations, movementSeq, readAt } = was;
    const { sellable, pricing } = product;
    // Behind the database's clock, never ahead: that was read before this process looked at its own.
    const now = readAt.databaseTime + Math.floor(performance.now() - readAt.clock);
    const state = { productId, sellable, sellableCap, allocations, movementSeq, pricing };
    const decision = decide({ ...NOTHING_MORE, product: state }, commands, now);
    if (decision.kind !== 'decided' || decision.outcomes.some(({ kind }) => kind === 'refused')) return undefined;
    return new OptimisticBatch(
      { productId, commands, decision, left: rowAfter(decision, was, readAt) },
      was,
      product,
      now,
    );
  }

  get productId(): number {
    return this.decided.productId;
  }

  work(tx: Tx): Promise<Decided> {
    const inTime = {
      sql: 'SYSDATE(6) BETWEEN ? AND ?',
      values: [new Date(this.now), new Date(this.now + LATE_MAX_MS)],
    };
    lockUnchanged(tx, this.productId, this.was, [this.product.holds, inTime]);
    this.writes.queue(tx, [this.decided], this.now);
    return Promise.resolve(this.decided);
  }

  tookPlace(tx: Tx): Promise<boolean> {
    return this.writes.tookPlace(tx);
  }
}

/** An idempotency key is taken for a new one: the database refuses to keep it twice. */
const isDecidedByRow = (command: Command): boolean =>
  command.kind === 'reserve' && !countsUnits(command.partner.limits);

const NOTHING_MORE: Omit<Situation, 'product'> = {
  kept: new Map(),
  reservations: new Map(),
  overdue: new Map(),
  outstanding: new Map(),
  releases: new Map(),
};
