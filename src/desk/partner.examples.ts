import type { Plain } from '../contract/plain.js';
import { KEY } from './key.examples.js';
import type { PartnerList, PartnerResponse, PartnerWithKeysResponse } from './partner.dto.js';

export const PARTNER: Plain<PartnerResponse> = {
  partner_id: 'sea-tours',
  name: 'Sea Tours Ltd.',
  channel_id: 'ota',
  status: 'active',
  quantity_max: 100,
  hold_max_seconds: 604_800,
  held_per_product_max: null,
  held_max: null,
  product_quota: null,
  extensions_max: null,
  requests_per_minute_max: 6_000,
  created_at: '2026-11-26T08:00:00.000Z',
};

export const PARTNER_WITH_KEYS: PartnerWithKeysResponse = { ...PARTNER, keys: [{ ...KEY, partner_id: 'sea-tours' }] };
export const SUSPENDED_PARTNER: PartnerResponse = { ...PARTNER, status: 'suspended' };
export const PARTNER_LIST: PartnerList = { partners: [PARTNER], next_cursor: null };

/** Bodies that these changes are asked for by. */
export const PARTNER_BODIES = {
  create: {
    seller: {
      summary: 'With the initial limits, but for one',
      value: {
        partner_id: 'sea-tours',
        name: 'Sea Tours Ltd.',
        channel_id: 'ota',
        hold_max_seconds: 86_400,
        reason: 'Contract signed',
      },
    },
  },
  change: {
    suspend: { summary: 'Suspend', value: { status: 'suspended', reason: 'Invoice overdue' } },
    resume: { summary: 'Resume', value: { status: 'active', reason: 'Paid' } },
    limits: {
      summary: 'Smaller requests, fewer holds',
      value: { quantity_max: 20, held_per_product_max: 200, extensions_max: 1, reason: 'Hoarding' },
    },
    lift: { summary: 'Without a limit again', value: { held_per_product_max: null, reason: 'Sells well' } },
  },
};
