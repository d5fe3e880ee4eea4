import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { PriceBook } from '../catalog/price-book.js';
import { CONFIG, type Config } from '../config/config.js';
import { GroupCommit, type Share, type ShareResult } from '../database/group-commit.js';
import type { Submission } from '../database/lane.js';
import { isRowTaken, isServerAway } from '../database/mysql-errors.js';
import { type Ended, UnitOfWork } from '../database/unit-of-work.js';
import type { Command } from '../domain/command.js';
import type { Outcome } from '../domain/decision.js';
import { OtaEventLog } from '../observability/ota-events.js';
import type { Decided } from './batch-writes.js';
import { CommandBatch } from './command-batch.js';
import { OptimisticBatch } from './optimistic-batch.js';
import { type OptimisticOutcome, ReservationMetrics } from './reservation.metrics.js';

const PRODUCTS_MAX = 1_000;
/** For so long its product is read. */
export const GIVEN_UP_MS = 1_000;
/** A row that is free is had in less by who may wait for it. */
const CONTENDED_SECONDS = 0.000_3;

/** The one way to change a product's units: a queue per product, and transactions that many share. */
@Injectable()
export class ReservationLanes implements OnApplicationShutdown {
  private readonly lanes: GroupCommit<Command, Outcome>;
  /** Products of which a batch was given up a moment ago: the next would be, too, and costs two round trips more. */
  private readonly givenUp = new LRUCache<number, true>({ max: PRODUCTS_MAX, ttl: GIVEN_UP_MS });

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly unitOfWork: UnitOfWork,
    private readonly prices: PriceBook,
    private readonly events: OtaEventLog,
    private readonly metrics: ReservationMetrics,
  ) {
    this.lanes = new GroupCommit((shares, mayWait) => this.run(shares, mayWait), {
      transactionsMax: config.databasePoolMax,
      batchMax: config.batchMax,
      depthMax: config.queueDepthMax,
      ownerDepthMax: Math.ceil((config.queueDepthMax * config.queuePartnerSharePercent) / 100),
      waitMaxMs: config.queueWaitMaxMs,
    });
    metrics.watchQueue(() => this.lanes.depth);
  }

  /** @throws DomainError `overloaded`, `unavailable`, `outcome_unknown`; a refusal is an outcome */
  submit(productId: number, submission: Submission<Command>): Promise<Outcome> {
    return this.lanes.submit(productId, submission);
  }

  onApplicationShutdown(): void {
    this.lanes.close();
  }

  private async run(shares: readonly Share<Command>[], mayWait: boolean): Promise<ShareResult<Outcome>[]> {
    const optimistic = this.optimisticBatch(shares, mayWait);
    const attempted = optimistic && (await this.attempt(optimistic));
    if (attempted && 'result' in attempted) return attempted.result;
    const batch = new CommandBatch(shares, mayWait, this.prices);
    const mayBeLate = attempted && isServerAway(attempted.cause);
    const decided = await this.unitOfWork.run(mayBeLate ? optimistic.orElse(batch) : batch);
    return this.committed(decided, batch.contended, batch.lockWaitSeconds);
  }

  private optimisticBatch(shares: readonly Share<Command>[], mayWait: boolean): OptimisticBatch | undefined {
    const [share, ...others] = shares;
    if (!share || others.length > 0 || this.givenUp.has(share.productId)) return undefined;
    const product = this.prices.kept(share.productId);
    return product && OptimisticBatch.of(share, product, mayWait);
  }

  /** @returns why nothing was applied, when the product has to be read */
  private async attempt(batch: OptimisticBatch): Promise<Ended<ShareResult<Outcome>[]>> {
    let outcome: OptimisticOutcome = 'given_up';
    try {
      const ended = await this.unitOfWork.attempt(batch);
      if ('result' in ended) {
        outcome = 'done';
        const done = ended.result();
        const contended = batch.mayWait && done.waitedSeconds > CONTENDED_SECONDS;
        return { result: this.committed([done], contended, done.waitedSeconds) };
      }
      if (!isRowTaken(ended.cause)) return ended;
      outcome = 'row_taken';
      return { result: ['row-taken'] };
    } finally {
      if (outcome === 'given_up') this.givenUp.set(batch.productId, true);
      this.metrics.optimistic(outcome);
    }
  }

  private committed(
    decided: readonly (Decided | undefined)[],
    contended: boolean,
    lockWaitSeconds: number,
  ): ShareResult<Outcome>[] {
    this.metrics.transaction(decided.flatMap((of) => of?.commands ?? []).length, lockWaitSeconds);
    return decided.map((of) => {
      if (!of) return 'row-taken';
      const { productId, commands, decision } = of;
      this.metrics.committed(productId, commands, decision);
      for (const { id, quantity } of decision.expired) {
        this.events.write('ota.reservation.expired', { reservation_id: id, product_id: productId, quantity });
      }
      return { outcomes: decision.outcomes, contendedMs: contended ? lockWaitSeconds * 1000 : 0 };
    });
  }
}
