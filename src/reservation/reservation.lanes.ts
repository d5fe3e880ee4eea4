import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { PriceBook } from '../catalog/price-book.js';
import { CONFIG, type Config } from '../config/config.js';
import { GroupCommit, type Share, type ShareResult } from '../database/group-commit.js';
import type { Submission } from '../database/lane.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import type { Command } from '../domain/command.js';
import type { Outcome } from '../domain/decision.js';
import { OtaEventLog } from '../observability/ota-events.js';
import { CommandBatch } from './command-batch.js';
import { ReservationMetrics } from './reservation.metrics.js';

/** The one way to change a product's units: a queue per product, and transactions that many share. */
@Injectable()
export class ReservationLanes implements OnApplicationShutdown {
  private readonly lanes: GroupCommit<Command, Outcome>;

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
    const batch = new CommandBatch(shares, mayWait, this.prices);
    const decided = await this.unitOfWork.run(batch);
    this.metrics.transaction(decided.flatMap((of) => of?.commands ?? []).length, batch.lockWaitSeconds);
    return shares.map(({ productId }, n) => {
      const of = decided[n];
      if (!of) return 'row-taken';
      this.metrics.committed(productId, of.commands, of.decision);
      for (const { id, quantity } of of.decision.expired) {
        this.events.write('ota.reservation.expired', { reservation_id: id, product_id: productId, quantity });
      }
      return { outcomes: of.decision.outcomes, contended: batch.contended };
    });
  }
}
