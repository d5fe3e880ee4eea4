import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { PriceBook } from '../catalog/price-book.js';
import { CONFIG, type Config } from '../config/config.js';
import { GroupCommit, type Share, type ShareResult } from '../database/group-commit.js';
import type { Submission } from '../database/lane.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import type { Command } from '../domain/command.js';
import type { Outcome } from '../domain/decision.js';
import { OtaEventLog } from '../observability/ota-events.js';
import type { Decided } from './batch-writes.js';
import { CommandBatch } from './command-batch.js';
import { KnownRows } from './known-rows.js';
import { OptimisticBatch } from './optimistic-batch.js';
import { ReservationMetrics } from './reservation.metrics.js';

/** The one way to change a product's units: a queue per product, and transactions that many share. */
@Injectable()
export class ReservationLanes implements OnApplicationShutdown {
  private readonly lanes: GroupCommit<Command, Outcome>;
  private readonly knownRows = new KnownRows();

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
    if (optimistic) {
      const done = await this.unitOfWork.attempt(optimistic);
      this.metrics.optimistic(done ? 'done' : 'given_up');
      if (done) return this.committed([done], false);
      this.knownRows.share(optimistic.productId);
    }
    const batch = new CommandBatch(shares, mayWait, this.prices);
    const decided = await this.unitOfWork.run(batch);
    return this.committed(decided, batch.contended, batch.lockWaitSeconds);
  }

  /** Rows that are known are so no more, until what is done to them is committed. */
  private optimisticBatch(shares: readonly Share<Command>[], mayWait: boolean): OptimisticBatch | undefined {
    const known = shares.map(({ productId }) => this.knownRows.take(productId));
    const [share, ...others] = shares;
    const [row] = known;
    if (mayWait || others.length > 0 || !share || !row) return undefined;
    const product = this.prices.kept(share.productId);
    return product && OptimisticBatch.of(share, row, product);
  }

  private committed(
    decided: readonly (Decided | undefined)[],
    contended: boolean,
    lockWaitSeconds = 0,
  ): ShareResult<Outcome>[] {
    this.metrics.transaction(decided.flatMap((of) => of?.commands ?? []).length, lockWaitSeconds);
    return decided.map((of) => {
      if (!of) return 'row-taken';
      const { productId, commands, decision, left } = of;
      if (left) this.knownRows.keep(productId, left);
      this.metrics.committed(productId, commands, decision);
      for (const { id, quantity } of decision.expired) {
        this.events.write('ota.reservation.expired', { reservation_id: id, product_id: productId, quantity });
      }
      return { outcomes: decision.outcomes, contended };
    });
  }
}
