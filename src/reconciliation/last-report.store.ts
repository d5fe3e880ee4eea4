import type { Query } from '../database/transaction.js';
import type { ReconciliationReport } from './reconciliation.dto.js';

/** Who asked for a run, and what it found. */
export interface LastReport {
  readonly actor: string | null;
  readonly report: ReconciliationReport;
}

/** Replaces the last one, unless that began later. */
export const keepReport = ({ actor, report }: LastReport): Query<void> => ({
  sql: `INSERT INTO reconciliation_last (started_at, actor, report) VALUES (?, ?, ?) AS new
    ON DUPLICATE KEY UPDATE
      actor = IF(new.started_at >= reconciliation_last.started_at, new.actor, reconciliation_last.actor),
      report = IF(new.started_at >= reconciliation_last.started_at, new.report, reconciliation_last.report),
      started_at = GREATEST(new.started_at, reconciliation_last.started_at)`,
  values: [new Date(report.started_at), actor, JSON.stringify(report)],
  read: () => undefined,
});

export const lastReport = (): Query<LastReport | undefined> => ({
  sql: 'SELECT actor, report FROM reconciliation_last',
  values: [],
  read: ([row]) => row && { actor: row['actor'] as string | null, report: row['report'] as ReconciliationReport },
});
