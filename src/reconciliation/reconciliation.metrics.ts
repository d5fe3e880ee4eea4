import { Inject, Injectable } from '@nestjs/common';

import { CONFIG, type Config } from '../config/config.js';
import { Metrics } from '../observability/metrics.js';
import { type Report, stillOff } from './reconcile.js';

/** Of the runs of this instance. */
@Injectable()
export class ReconciliationMetrics {
  private readonly runs;
  private readonly repaired;
  private readonly lastRun;
  private readonly duration;
  private readonly products;
  private readonly channels;

  constructor(metrics: Metrics, @Inject(CONFIG) { reconcileIntervalSeconds }: Config) {
    this.runs = metrics.counter({
      name: 'allotment_reconciliation_runs_total',
      help: 'Runs that held the counters against reservations and ledger: sound, drift, skipped (another was at it), failed',
      labelNames: ['outcome'],
    });
    this.repaired = metrics.counter({
      name: 'allotment_reconciliation_repairs_total',
      help: 'Products that were off and whose repair was asked for: repaired, refused, failed, or sound by then',
      labelNames: ['outcome'],
    });
    this.lastRun = metrics.gauge({
      name: 'allotment_reconciliation_last_run_timestamp_seconds',
      help: "When this instance's last run that came to its end began; 0 before",
    });
    this.duration = metrics.gauge({
      name: 'allotment_reconciliation_last_run_duration_seconds',
      help: 'How long that run took',
    });
    this.products = metrics.gauge({
      name: 'allotment_reconciliation_products_off',
      help: 'Products that were off in that run',
    });
    this.channels = metrics.gauge({
      name: 'allotment_reconciliation_channels_off',
      help: 'Channels of products that were off in that run',
    });
    metrics
      .gauge({
        name: 'allotment_reconciliation_interval_seconds',
        help: 'How often this instance holds the counters against reservations and ledger; 0 for never',
      })
      .set(reconcileIntervalSeconds);
  }

  ended(report: Report): void {
    const { startedAt, seconds, differences, repairs } = report;
    this.runs.inc({ outcome: differences.length === 0 ? 'sound' : 'drift' });
    for (const { kind } of repairs) this.repaired.inc({ outcome: kind });
    this.lastRun.set(startedAt.getTime() / 1000);
    this.duration.set(seconds);
    const off = stillOff(report);
    this.products.set(new Set(off.map(({ productId }) => productId)).size);
    const channels = off.flatMap(({ productId, channelId }) => (channelId ? `${productId} ${channelId}` : []));
    this.channels.set(new Set(channels).size);
  }

  skipped(): void {
    this.runs.inc({ outcome: 'skipped' });
  }

  failed(): void {
    this.runs.inc({ outcome: 'failed' });
  }
}
