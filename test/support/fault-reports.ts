import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file a fault, of the last run. */
export const REPORTS = join(__dirname, '..', '..', 'reports', 'faults');

interface Sums {
  readonly injected: number;
  readonly requests: number;
  readonly checked: number;
  readonly repeated: number;
  readonly healthyAfterMsMax: number;
}

/** The last run in a line. */
export function faultsInALine(): string {
  const reports = readdirSync(REPORTS)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(REPORTS, name), 'utf8')) as Sums);
  const sum = (of: keyof Sums): number => reports.reduce((total, report) => total + report[of], 0);
  const slowest = Math.max(0, ...reports.map(({ healthyAfterMsMax }) => healthyAfterMsMax));
  return (
    `faults: ${sum('injected')} of ${reports.length} kinds, ${sum('requests')} requests, ${sum('checked')} times 201 checked, ` +
    `${sum('repeated')} repeated; healthy again within ${(slowest / 1000).toFixed(1)} s`
  );
}
