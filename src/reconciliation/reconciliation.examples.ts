import type { ReconciliationReport, ReconciliationState } from './reconciliation.dto.js';

const FOUND: ReconciliationReport = {
  started_at: '2026-11-26T09:15:00.000Z',
  seconds: 1.4,
  products: 3,
  channels: 6,
  sound: true,
  differences: [{ product_id: 106, channel_id: 'ota', number: 'reserved', counter: 5, rows: 3, ledger: 3 }],
  repairs: [{ product_id: 106, outcome: 'repaired', movements: [412] }],
};

export const RAN: ReconciliationState = { running: false, asked_by: 'key:12', last: FOUND };
export const RUNS: ReconciliationState = { running: true, asked_by: 'key:12', last: FOUND };

export const BODIES = {
  look: { summary: 'Look at all products, change nothing', value: {} },
  repair: {
    summary: 'Repair one',
    value: { repair: true, product_ids: [106], reason: 'Counters set by hand on the 25th' },
  },
} as const;
