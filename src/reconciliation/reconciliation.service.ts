import { Inject, Injectable } from '@nestjs/common';

import { DATABASE_URL } from '../database/pools.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { LOG, type Log } from '../observability/log.js';
import { AnotherRun, reconcile, type Report, stillOff } from './reconcile.js';
import { ReconciliationMetrics } from './reconciliation.metrics.js';
import { told } from './report.js';

/** Of a report that is long; a run of the command tells all. */
const LOGGED_MAX = 50;

/** Holds counters against reservations and ledger from within the service: by the clock, or when somebody asks. */
@Injectable()
export class ReconciliationService {
  private lastReport: Report | undefined;
  private stopping = false;

  constructor(
    @Inject(DATABASE_URL) private readonly databaseUrl: string,
    @Inject(LOG) private readonly log: Log,
    private readonly unitOfWork: UnitOfWork,
    private readonly metrics: ReconciliationMetrics,
  ) {}

  /** What this instance's last run that came to its end found; `undefined` before the first. */
  get last(): Report | undefined {
    return this.lastReport;
  }

  /**
   * Runs now; of all processes on the database, one at a time does.
   *
   * @param repair whether counters that are off are set to what the reservations say
   * @throws AnotherRun; ReconcileError when it can't be told whether all is well
   */
  async run(repair = false): Promise<Report> {
    try {
      this.lastReport = await reconcile({
        databaseUrl: this.databaseUrl,
        goesOn: () => !this.stopping,
        ...(repair && { repairBy: this.unitOfWork }),
      });
    } catch (error) {
      if (error instanceof AnotherRun) this.metrics.skipped();
      else this.metrics.failed();
      throw error;
    }
    this.tell(this.lastReport);
    return this.lastReport;
  }

  /** Ends a run that is under way before its next product. */
  stop(): void {
    this.stopping = true;
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
