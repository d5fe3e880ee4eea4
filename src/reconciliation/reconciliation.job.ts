import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';

import { CONFIG, type Config } from '../config/config.js';
import { LOG, type Log } from '../observability/log.js';
import { AnotherRun } from './reconcile.js';
import { ReconciliationService } from './reconciliation.service.js';

const NAME = 'reconciliation';
/** A start has better things to do; a deployment is not to wait for an hour until it is told that all is well. */
const FIRST_AFTER_MAX_MS = 300_000;

/** Holds counters against reservations and ledger by the clock. It changes nothing: what is off, a person should see first. */
@Injectable()
export class ReconciliationJob implements OnApplicationBootstrap, OnModuleDestroy {
  private running: Promise<unknown> | undefined;
  private stopping = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    private readonly scheduler: SchedulerRegistry,
    private readonly reconciliation: ReconciliationService,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(Math.min(this.intervalMs, FIRST_AFTER_MAX_MS));
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    this.reconciliation.stop();
    if (this.scheduler.doesExist('timeout', NAME)) this.scheduler.deleteTimeout(NAME);
    await this.running?.catch(() => undefined);
  }

  private get intervalMs(): number {
    return this.config.reconcileIntervalSeconds * 1000;
  }

  private async tick(): Promise<void> {
    this.scheduler.deleteTimeout(NAME);
    try {
      this.running = this.reconciliation.run();
      await this.running;
    } catch (error) {
      // Another instance is at it, as it should be when several were started together.
      if (!(error instanceof AnotherRun || this.stopping)) this.log.error({ err: error }, 'reconciliation failed');
    } finally {
      this.running = undefined;
    }
    this.schedule(this.intervalMs);
  }

  private schedule(afterMs: number): void {
    if (this.stopping || this.intervalMs === 0) return;
    this.scheduler.addTimeout(
      NAME,
      setTimeout(() => void this.tick(), afterMs),
    );
  }
}
