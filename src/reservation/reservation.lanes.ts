import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { CONFIG, type Config } from '../config/config.js';
import { GroupCommit, type Submission, type TakeMore } from '../database/group-commit.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import type { Command } from '../domain/command.js';
import type { Outcome } from '../domain/decision.js';
import { OtaEventLog } from '../observability/ota-events.js';
import { ProductBatch } from './product-batch.js';
import { ReservationMetrics } from './reservation.metrics.js';

/** The one way to change a product's units: a queue per product, a transaction per batch. */
@Injectable()
export class ReservationLanes implements OnApplicationShutdown {
  private readonly lanes: GroupCommit<Command, Outcome>;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly unitOfWork: UnitOfWork,
    private readonly events: OtaEventLog,
    private readonly metrics: ReservationMetrics,
  ) {
    this.lanes = new GroupCommit((productId, commands, takeMore) => this.run(productId, commands, takeMore), {
      lanesMax: config.databasePoolMax,
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

  private async run(
    productId: number,
    commands: readonly Command[],
    takeMore: TakeMore<Command>,
  ): Promise<readonly Outcome[]> {
    const batch = new ProductBatch(productId, commands, takeMore);
    const decision = await this.unitOfWork.run(batch);
    this.metrics.committed(productId, batch.commands, decision, batch.lockWaitSeconds);
    for (const { id, quantity } of decision.expired) {
      this.events.write('ota.reservation.expired', { reservation_id: id, product_id: productId, quantity });
    }
    return decision.outcomes;
  }
}
