import type { OperatorExplanation, PartnerExplanation } from './explanation.dto.js';

const AS_OF = '2026-12-24T08:00:00.000Z';
const NEXT = '2026-12-24T08:15:00.000Z';
const HOLD = {
  reservation_id: 'res_01a21000-0000-7000-8000-000000000001',
  channel_id: 'ota',
  units: 30,
  reserved_until: NEXT,
};
const NOTHING_HELD = { held: 0, overdue: 0, unaccounted: 0 };

/** The demo data with a hold of 30 units, and one of 20 that is over. */
const PARTNER: PartnerExplanation = {
  view: 'partner',
  product_id: 106,
  as_of: AS_OF,
  on_sale: true,
  channel_id: 'ota',
  allocated: 2000,
  free: 1770,
  held: 30,
  sold: 200,
  own: { units: 30, overdue: 20, holds: 1, soonest: [HOLD] },
  next_free: { at: NEXT, units: 30 },
};

const OPERATOR: OperatorExplanation = {
  view: 'operator',
  product_id: 106,
  as_of: AS_OF,
  on_sale: true,
  sellable_cap: 5000,
  free: 4750,
  held: 30,
  overdue: 20,
  sold: 200,
  unaccounted: 0,
  channels: [
    { channel_id: 'direct', allocated: 3000, free: 3000, ...NOTHING_HELD, sold: 0, next_expiry: null },
    {
      channel_id: 'ota',
      allocated: 2000,
      free: 1750,
      held: 30,
      overdue: 20,
      sold: 200,
      unaccounted: 0,
      next_expiry: NEXT,
    },
  ],
  partners: [
    { partner_id: 'partner-a', channel_id: 'ota', held: 30, holds: 1, overdue: 20, sold: 200, next_expiry: NEXT },
  ],
  soonest: [{ ...HOLD, partner_id: 'partner-a' }],
  holds: 1,
  next_free: { at: NEXT, units: 30 },
};

export const EXPLAINED = {
  partner: { summary: 'To a partner: its own holds, and its channel', value: PARTNER },
  operator: { summary: 'To a key with the scope admin: every unit', value: OPERATOR },
};
