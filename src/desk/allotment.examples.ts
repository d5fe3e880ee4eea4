import type { Plain } from '../contract/plain.js';
import type { AllotmentChangeResponse, AllotmentResponse } from '../inventory/allotment.dto.js';

const DIRECT = { allocated: 3000, reserved: 0, sold: 0, free: 3000 };
const OTA = { allocated: 2000, reserved: 50, sold: 200, free: 1750 };

/** What the demo data look like after a hold of 50 units. */
export const ALLOTMENT: Plain<AllotmentResponse> = {
  product_id: 106,
  sellable_cap: 5000,
  version: '5000.direct-3000.ota-2000',
  channels: [
    { channel_id: 'direct', ...DIRECT },
    { channel_id: 'ota', ...OTA },
  ],
};

const DIRECT_GIVEN = { ...DIRECT, allocated: 3100, free: 3100 };
const OTA_LESS = { ...OTA, allocated: 1900, free: 1650 };

export const TRANSFERRED: AllotmentChangeResponse = {
  dry_run: false,
  changes: [
    { channel_id: 'ota', units: -100, before: OTA, after: OTA_LESS },
    { channel_id: 'direct', units: 100, before: DIRECT, after: DIRECT_GIVEN },
  ],
  allotment: {
    ...ALLOTMENT,
    version: '5000.direct-3100.ota-1900',
    channels: [
      { channel_id: 'direct', ...DIRECT_GIVEN },
      { channel_id: 'ota', ...OTA_LESS },
    ],
  },
};

export const CAP_CHANGED: AllotmentChangeResponse = {
  dry_run: false,
  changes: [{ channel_id: 'direct', units: 100, before: DIRECT, after: DIRECT_GIVEN }],
  allotment: {
    ...ALLOTMENT,
    sellable_cap: 5100,
    version: '5100.direct-3100.ota-2000',
    channels: [
      { channel_id: 'direct', ...DIRECT_GIVEN },
      { channel_id: 'ota', ...OTA },
    ],
  },
};

/** Bodies that these changes are asked for by. */
export const BODIES = {
  cap: { raise: { summary: 'A hundred more, for own sales', value: { sellable_cap: 5100, reason: 'Extra sailing' } } },
  allocate: { all: { summary: 'What each channel is to have', value: { allocated: { direct: 3100, ota: 2000 } } } },
  transfer: {
    back: {
      summary: 'What does not sell comes back',
      value: { from: 'ota', to: 'direct', units: 100, reason: 'Slow on this channel' },
    },
  },
} as const;
