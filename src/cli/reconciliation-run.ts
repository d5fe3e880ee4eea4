import { parseText, REASON_MAX } from '../contract/body-faults.js';
import type { Reader } from '../database/reader.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import type { Operator } from '../desk/operator.js';
import { keepReport } from '../reconciliation/last-report.store.js';
import { reconcile, type Report, stillOff } from '../reconciliation/reconcile.js';
import { asJson, asText } from '../reconciliation/report.js';
import type { Reconciled, ReconcileWish } from './desk.js';

/** A run that a command asks for: the service's, but told to whoever gave the command and not to its log and metrics. */
export class ReconciliationRun {
  constructor(
    private readonly databaseUrl: string,
    private readonly unitOfWork: UnitOfWork,
    private readonly reader: Reader,
  ) {}

  /** @param say is told when the API can't be shown what was found. @throws AnotherRun, ReconcileError, DomainError `invalid_text` */
  async run(
    { actor }: Operator,
    { repair, productIds, reason }: ReconcileWish,
    say: (line: string) => void,
  ): Promise<Reconciled> {
    const by = { actor, reason: parseText(reason, '/reason', REASON_MAX) };
    const report = await reconcile({
      databaseUrl: this.databaseUrl,
      ...(productIds && { productIds }),
      ...(repair && { repairBy: this.unitOfWork, by }),
    });
    await this.keep(report, actor, say);
    return { sound: stillOff(report).length === 0, text: asText(report), json: asJson(report) };
  }

  /** For `GET /api/admin/reconciliation`. That it can't be read there is no reason to call the run a failure. */
  private async keep(report: Report, actor: string, say: (line: string) => void): Promise<void> {
    try {
      await this.reader.run(keepReport({ actor, report: asJson(report) }));
    } catch (error) {
      say(`the report was not kept for the API: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
