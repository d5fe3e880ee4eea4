import type { ReservationList, ReservationResponse, ReserveResponse } from './reservation.dto.js';

/** One reservation's life as the document shows it. */

const HOLD = {
  reservation_id: 'res_019ab0c2-6a3e-7c5f-9d1b-2f6e8a4c0d17',
  product_id: 106,
  channel_id: 'ota',
  quantity: 50,
  status: 'active',
  expires_at: '2025-11-04T06:30:00.000Z',
  created_at: '2025-11-03T06:30:00.000Z',
} as const;

const PRICES = {
  base_price: 288,
  weekend_premium: 30,
  customer_discounts: { child: 100, elderly: 50, student: 50 },
  currency: 'CNY',
} as const;

export const RESERVED: ReserveResponse = { ...HOLD, reserved_until: HOLD.expires_at, pricing_snapshot: PRICES };

const HELD = {
  ...HOLD,
  quantity_held: 50,
  extensions: 0,
  activated_at: null,
  cancelled_at: null,
  order_id: null,
  order: null,
  pricing_snapshot: PRICES,
} as const satisfies ReservationResponse;

export const EXTENDED = {
  ...HELD,
  expires_at: '2025-11-05T06:30:00.000Z',
  extensions: 1,
} as const satisfies ReservationResponse;

export const ACTIVATED = {
  ...EXTENDED,
  quantity: 3,
  status: 'activated',
  activated_at: '2025-11-04T01:12:07.431Z',
  order_id: 8,
  order: {
    order_id: 8,
    status: 'confirmed',
    visit_date: '2026-12-31',
    external_reference: 'BK-4711',
    currency: 'CNY',
    total_amount: 1196,
    lines: [
      { customer_type: 'adult', quantity: 2, unit_price: 432, amount: 864 },
      { customer_type: 'child', quantity: 1, unit_price: 332, amount: 332 },
    ],
  },
} as const satisfies ReservationResponse;

export const CANCELLED: ReservationResponse = {
  ...ACTIVATED,
  status: 'cancelled',
  cancelled_at: '2025-11-04T09:45:30.002Z',
  order: { ...ACTIVATED.order, status: 'cancelled' },
};

export const LISTED: ReservationList = { reservations: [HOLD], next_cursor: null };

/** Of GET: the two that differ most. */
export const LOOKED_UP = {
  active: { summary: 'A hold', value: HELD },
  activated: { summary: 'A sale', value: ACTIVATED },
};

/** Request bodies. The first of each is what Swagger UI tries. */
export const BODIES = {
  reserve: {
    hold: { summary: 'For the usual 24 hours', value: { product_id: 106, quantity: 50 } },
    until: {
      summary: 'With an expiry of your own',
      value: { product_id: 106, quantity: 50, reservation_expires_at: '2025-11-04T14:30:00+08:00' },
    },
  },
  activate: {
    all: { summary: 'All that is held, to adults, without a date', value: {} },
    some: {
      summary: 'Some of it; the rest goes back',
      value: {
        quantity: 3,
        visit_date: '2026-12-31',
        guests: [
          { customer_type: 'adult', quantity: 2 },
          { customer_type: 'child', quantity: 1 },
        ],
        external_reference: 'BK-4711',
      },
    },
  },
  extend: { longer: { summary: 'A day more', value: { reservation_expires_at: '2025-11-05T14:30:00+08:00' } } },
  cancel: {
    plain: { summary: 'Without a word', value: {} },
    reason: { summary: 'With a reason', value: { reason: 'Customer withdrew' } },
  },
};
