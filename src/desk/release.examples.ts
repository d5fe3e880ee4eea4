import type { Plain } from '../contract/plain.js';
import { TRANSFERRED } from './allotment.examples.js';
import type { ReleasePreviewResponse, ReleaseResponse } from './release.dto.js';

export const SCHEDULED: Plain<ReleaseResponse> = {
  release_id: 'rel_01a216f8-e34b-7445-80da-e8813f2daaee',
  product_id: 106,
  from: 'ota',
  to: 'direct',
  keep: 10,
  due_at: '2027-06-17T10:00:00.000Z',
  visit_date: '2027-07-01',
  days_before: 14,
  local_time: '18:00',
  status: 'scheduled',
  reason: 'Cut-off',
  scheduled_at: '2026-11-26T08:30:00.000Z',
  scheduled_by: 'key:12',
  units: null,
  done_at: null,
  cancelled_at: null,
  cancelled_by: null,
};

export const CANCELLED: Plain<ReleaseResponse> = {
  ...SCHEDULED,
  status: 'cancelled',
  cancelled_at: '2026-11-27T09:00:00.000Z',
  cancelled_by: 'key:12',
};

export const PREVIEW: Plain<ReleasePreviewResponse> = {
  dry_run: true,
  due_at: SCHEDULED.due_at,
  change: { dry_run: true, changes: TRANSFERRED.changes, allotment: TRANSFERRED.allotment },
};

/** Bodies that releases are scheduled and cancelled by. */
export const BODIES = {
  schedule: {
    before: {
      summary: 'Two weeks before the visit, at six in the evening there',
      value: { from: 'ota', to: 'direct', keep: 10, visit_date: '2027-07-01', days_before: 14, local_time: '18:00' },
    },
    once: {
      summary: 'Once, everything',
      value: { from: 'ota', to: 'direct', at: '2027-06-01T12:00:00+08:00', reason: 'Cut-off' },
    },
  },
  cancel: { why: { summary: 'With a reason', value: { reason: 'Sells after all' } } },
} as const;
