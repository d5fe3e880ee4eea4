import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';

import { CONFIG, type Config } from '../config/config.js';
import { LOG, type Log } from '../observability/log.js';
import { Rounds } from '../observability/rounds.js';
import { AnotherRun } from './reconcile.js';
import { ReconciliationService } from './reconciliation.service.js';

const NAME = 'reconciliation';
/** A start has better things to do; a deployment is not to wait for an hour until it is told that all is well. */
const FIRST_AFTER_MAX_MS = 300_000;

/** Holds counters against reservations and ledger by the clock. It changes nothing: what is off, a person should see first. */
@Injectable()
export class ReconciliationJob implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly rounds: Rounds;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    scheduler: SchedulerRegistry,
    private readonly reconciliation: ReconciliationService,
  ) {
    this.rounds = new Rounds(scheduler, {
      name: NAME,
      work: () => this.reconciliation.run(),
      failed: (error) => {
        // Another instance is at it, as it should be when several were started together.
        if (error instanceof AnotherRun || this.rounds.stopping) return;
        this.log.error({ err: error }, 'reconciliation failed');
      },
      nextInMs: () => this.intervalMs,
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.rounds.start(this.intervalMs && Math.min(this.intervalMs, FIRST_AFTER_MAX_MS));
  }

  async onModuleDestroy(): Promise<void> {
    this.reconciliation.stop();
    await this.rounds.stop();
  }

  /** `undefined`: never. */
  private get intervalMs(): number | undefined {
    const { reconcileIntervalSeconds: seconds } = this.config;
    return seconds === 0 ? undefined : seconds * 1000;
  }
}
