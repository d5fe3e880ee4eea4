import type { ProductList, ProductResponse } from './product.dto.js';

export const PRODUCT: ProductResponse = {
  product_id: 109,
  name: 'Night market cruise',
  status: 'active',
  currency: 'CNY',
  time_zone: 'Asia/Shanghai',
  cutoff_hours: 24,
  weekday_price: 288,
  weekend_price: 318,
  customer_discounts: { child: 100 },
  created_at: '2026-11-26T08:00:00.000Z',
};

export const PRODUCT_LIST: ProductList = { products: [PRODUCT], next_cursor: 'MTA5' };

/** Bodies that these changes are asked for by. */
export const PRODUCT_BODIES = {
  create: {
    split: {
      summary: 'With its units split among channels',
      value: {
        product_id: 109,
        name: 'Night market cruise',
        currency: 'CNY',
        time_zone: 'Asia/Shanghai',
        cutoff_hours: 24,
        weekday_price: 288,
        weekend_price: 318,
        customer_discounts: { child: 100 },
        allocated: { direct: 3000, ota: 2000 },
        reason: 'New for the season',
      },
    },
    own: {
      summary: 'All units for own sales, under the next number',
      value: {
        name: 'Harbour walk',
        currency: 'EUR',
        time_zone: 'Europe/Berlin',
        weekday_price: 19.9,
        sellable_cap: 500,
      },
    },
  },
  change: {
    prices: {
      summary: 'Dearer at weekends, and no discount for students any more',
      value: { weekend_price: 348, customer_discounts: { student: null }, reason: 'Season' },
    },
    retire: { summary: 'Sold no more', value: { status: 'retired', reason: 'The ship was sold' } },
  },
};
