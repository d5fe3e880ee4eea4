import { Inject, Injectable } from '@nestjs/common';

import { Reader } from '../database/reader.js';
import { utilizationOfAll } from '../inventory/availability.store.js';
import { Metrics } from '../observability/metrics.js';
import { LOG, type Log } from '../observability/log.js';
import { scheduledAndOverdue } from '../reservation/release.store.js';
import { activeAndOverdue } from '../reservation/reservation.store.js';

/** What the database holds as of now: the same whichever instance tells it, so take the maximum over instances, not the sum. */
@Injectable()
export class StockMetrics {
  private readonly active;
  private readonly overdue;
  private readonly overdueSeconds;
  private readonly releases;
  private readonly releasesOverdueSeconds;
  private readonly utilization;
  private readonly readOk;
  private reading: Promise<void> | undefined;

  constructor(
    metrics: Metrics,
    private readonly reader: Reader,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.active = metrics.gauge({ name: 'ota_reservations_active_count', help: 'Holds that are active' });
    this.overdue = metrics.gauge({
      name: 'ota_reservations_overdue',
      help: 'Holds past their expiry that the expiry job has not released yet',
    });
    this.overdueSeconds = metrics.gauge({
      name: 'ota_reservations_overdue_seconds',
      help: 'How long the oldest of those is past its expiry',
    });
    this.releases = metrics.gauge({
      name: 'allotment_releases_scheduled',
      help: 'Timed releases that are to be carried out',
    });
    this.releasesOverdueSeconds = metrics.gauge({
      name: 'allotment_releases_overdue_seconds',
      help: 'How long the one of those that should have been first is past its time; 0 when none is',
    });
    this.utilization = metrics.gauge({
      name: 'ota_inventory_utilization_percent',
      help: 'Reserved and sold units of an allocation, in percent of it',
      labelNames: ['product_id', 'channel'],
    });
    this.readOk = metrics.gauge({
      name: 'allotment_stock_read_ok',
      help: '1 when the gauges of stock and holds could be read from the database just now, else 0 and they are absent',
    });
  }

  /** Reads all anew; readers at the same time share one reading. Never throws: what can't be read is left out. */
  refresh(): Promise<void> {
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async read(): Promise<void> {
    const { active, overdue, overdueSeconds } = this;
    for (const gauge of [active, overdue, overdueSeconds, this.releases, this.releasesOverdueSeconds]) gauge.remove();
    this.utilization.reset();
    try {
      const [holds, allocations, releases] = await Promise.all([
        this.reader.run(activeAndOverdue()),
        this.reader.run(utilizationOfAll()),
        this.reader.run(scheduledAndOverdue()),
      ]);
      active.set(holds.active);
      overdue.set(holds.overdue);
      overdueSeconds.set(holds.oldestOverdueSeconds);
      this.releases.set(releases.scheduled);
      this.releasesOverdueSeconds.set(releases.overdueSeconds);
      for (const { productId, channelId, percent } of allocations)
        this.utilization.set({ product_id: productId, channel: channelId }, percent);
      this.readOk.set(1);
    } catch (error) {
      this.log.warn({ err: error }, 'the metrics of stock could not be read');
      this.readOk.set(0);
    }
  }
}
