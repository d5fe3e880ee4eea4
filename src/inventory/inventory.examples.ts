import type { InventoryResponse } from './inventory.dto.js';
import type { QuoteResponse } from './quote.dto.js';

/** Answers as the document shows them: the demo data's, and the contract's. */

export const INVENTORY = {
  available_quantities: { 106: 1800, 107: 1200, 108: 1300 },
  pricing_context: {
    base_prices: {
      106: { weekday: 288, weekend: 318 },
      107: { weekday: 388, weekend: 428 },
      108: { weekday: 588, weekend: 648 },
    },
    customer_types: ['adult', 'child', 'elderly', 'student', 'family', 'vip'],
    special_dates: { '2025-12-31': { multiplier: 1.5 } },
    customer_discounts: {
      106: { child: 100, elderly: 50, student: 50 },
      107: { child: 150, family: 100, elderly: 75 },
      108: { vip: 200, elderly: 100 },
    },
  },
} as const satisfies InventoryResponse;

export const QUOTE: QuoteResponse = {
  product_id: 106,
  visit_date: '2026-12-31',
  currency: 'CNY',
  total_amount: 1196,
  lines: [
    { customer_type: 'adult', quantity: 2, unit_price: 432, amount: 864 },
    { customer_type: 'child', quantity: 1, unit_price: 332, amount: 332 },
  ],
};
