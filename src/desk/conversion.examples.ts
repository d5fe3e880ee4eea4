import type { ConversionResponse } from './conversion.dto.js';

export const CONVERSION: ConversionResponse = {
  from: '2026-11-19T00:00:00.000Z',
  to: '2026-11-26T00:00:00.000Z',
  as_of: '2026-11-26T08:00:00.000Z',
  partners: [
    {
      partner_id: 'partner-a',
      holds: {
        made: 40,
        open: 4,
        sold: 27,
        expired: 6,
        cancelled: 3,
        sales_cancelled: 1,
        sold_share: 0.75,
        expired_share: 0.1667,
        cancelled_share: 0.0833,
      },
      units: {
        made: 100,
        open: 20,
        sold: 60,
        returned: 2,
        expired: 12,
        cancelled: 6,
        sales_cancelled: 2,
        sold_share: 0.75,
        returned_share: 0.025,
        expired_share: 0.15,
        cancelled_share: 0.075,
      },
    },
  ],
  next_cursor: null,
};
