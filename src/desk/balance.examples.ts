import type { BalanceResponse } from './balance.dto.js';

/** The demo data after a hold of 20 units. */
export const BALANCE: BalanceResponse = {
  product_id: 106,
  at: '2026-12-24T08:30:00.000000Z',
  seq: 6,
  sellable_cap: 5000,
  channels: [
    {
      channel_id: 'direct',
      allocated: 3000,
      reserved: 0,
      sold: 0,
      free: 3000,
      seq: 1,
      since: '2026-11-24T08:00:00.000000Z',
    },
    {
      channel_id: 'ota',
      allocated: 2000,
      reserved: 20,
      sold: 200,
      free: 1780,
      seq: 6,
      since: '2026-12-24T08:00:00.000000Z',
    },
  ],
  unknown: [],
};
