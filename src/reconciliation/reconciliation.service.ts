import { Inject, Injectable } from '@nestjs/common';

import { DATABASE_URL } from '../database/pools.js';
import { Reader } from '../database/reader.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import type { Attribution } from '../domain/movement.js';
import { LOG, type Log } from '../observability/log.js';
import { keepReport } from './last-report.store.js';
import { AnotherRun, reconcile, type Report, stillOff } from './reconcile.js';
import { ReconciliationMetrics } from './reconciliation.metrics.js';
import { asJson, told } from './report.js';

/** How a run is meant. */
export interface RunWish {
  /** Whether counters that are off are set to what the reservations say. */
  readonly repair?: boolean;
  /** All, when absent. */
  readonly productIds?: readonly number[];
  /** Who asks; nobody, when it is the clock. */
  readonly by?: Attribution;
}

/** Of a report that is long; a run of the command tells all. */
const LOGGED_MAX = 50;

/** Holds counters against reservations and ledger from within the service: by the clock, or when somebody asks. */
@Injectable()
export class ReconciliationService {
  private lastReport: Report | undefined;
  private stopping = false;
  private runs = 0;

  constructor(
    @Inject(DATABASE_URL) private readonly databaseUrl: string,
    @Inject(LOG) private readonly log: Log,
    private readonly unitOfWork: UnitOfWork,
    private readonly reader: Reader,
    private readonly metrics: ReconciliationMetrics,
  ) {}

  /** Whether this instance is at it. */
  get running(): boolean {
    return this.runs > 0;
  }

  /** What this instance's last run that came to its end found; `undefined` before the first. */
  get last(): Report | undefined {
    return this.lastReport;
  }

  /**
   * Runs now; of all processes on the database, one at a time does. What it found is kept for all of them.
   *
   * @throws AnotherRun; ReconcileError when it can't be told whether all is well
   */
  async run({ repair = false, productIds, by }: RunWish = {}): Promise<Report> {
    this.runs += 1;
    try {
      this.lastReport = await reconcile({
        databaseUrl: this.databaseUrl,
        goesOn: () => !this.stopping,
        ...(productIds && { productIds }),
        ...(repair && { repairBy: this.unitOfWork, by }),
      });
      await this.keep(this.lastReport, by?.actor ?? null);
    } catch (error) {
      if (error instanceof AnotherRun) this.metrics.skipped();
      else this.metrics.failed();
      throw error;
    } finally {
      this.runs -= 1;
    }
    this.tell(this.lastReport);
    return this.lastReport;
  }

  /** Ends a run that is under way before its next product. */
  stop(): void {
    this.stopping = true;
  }

  /** That others can't read of it is no reason to call the run a failure. */
  private async keep(report: Report, actor: string | null): Promise<void> {
    try {
      await this.reader.run(keepReport({ actor, report: asJson(report) }));
    } catch (error) {
      this.log.warn({ err: error }, 'the report of a reconciliation was not kept');
    }
  }

  private tell(report: Report): void {
    this.metrics.ended(report);
    for (const repaired of report.repairs.slice(0, LOGGED_MAX)) {
      this.log.warn({ product_id: repaired.productId, outcome: repaired.kind }, told(repaired));
    }
    const off = stillOff(report);
    if (off.length === 0) return;
    this.log.error(
      { numbers_off: off.length, differences: off.slice(0, LOGGED_MAX) },
      'counters, reservations and the ledger do not agree; docs/operations.md says what to do',
    );
  }
}
