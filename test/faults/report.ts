import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { REPORTS } from '../support/fault-reports.js';
import { FORM } from './form.js';
import type { Judged } from './verdict.js';

/** What a fault's tests counted, for `reports/faults`. */
export class FaultReport {
  private injected = 0;
  private readonly rounds: Judged[] = [];

  /** @param name of the file @param what is done, in words */
  constructor(
    private readonly name: string,
    private readonly what: string,
  ) {
    afterAll(() => this.write());
  }

  /** @param injected times that the fault was made */
  add(judged: Judged, injected = 1): void {
    this.injected += injected;
    this.rounds.push(judged);
  }

  private write(): void {
    if (this.rounds.length === 0) return;
    const sum = (of: keyof Judged): number => this.rounds.reduce((total, round) => total + round[of], 0);
    const max = (of: keyof Judged): number => Math.round(Math.max(...this.rounds.map((round) => round[of])));
    const report = {
      fault: this.what,
      form: FORM,
      injected: this.injected,
      verdicts: this.rounds.length,
      requests: sum('requests'),
      created: sum('created'),
      stepped: sum('stepped'),
      checked: sum('checked'),
      repeated: sum('repeated'),
      replayed: sum('replayed'),
      refused: sum('refused'),
      unavailable: sum('unavailable'),
      unknown: sum('unknown'),
      broken: sum('broken'),
      late: sum('late'),
      healthyAfterMsMax: max('healthyAfterMs'),
      slowestMsMax: max('slowestMs'),
      outageMsMax: max('outageMs'),
    };
    mkdirSync(REPORTS, { recursive: true });
    writeFileSync(join(REPORTS, `${this.name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  }
}
