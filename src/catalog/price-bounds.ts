import { type Minor, majorUnits } from '../domain/pricing.js';

/**
 * Dearest unit before a special date, largest multiplier: together they fit `order_lines.unit_price` (DECIMAL(12,2)), and
 * times the largest request of a partner (1 000 units) an order's total (DECIMAL(14,2)).
 */
const PRICE_MAX_MINOR: Minor = 9_999_999_999;
export const MULTIPLIER_MAX = 10;

/** An amount of money with at most two decimals; `undefined` when it is none, or out of bounds. */
export function parsePrice(amount: unknown): Minor | undefined {
  if (typeof amount !== 'number' || !(amount >= 0 && amount <= majorUnits(PRICE_MAX_MINOR))) return undefined;
  return decimal(amount, 2);
}

export const PRICE_RULE = `must be a number from 0 to ${majorUnits(PRICE_MAX_MINOR)} with at most two decimals`;

/** A multiplier in thousandths; `undefined` when it is none, or out of bounds. */
export function parseMultiplier(multiplier: unknown): number | undefined {
  if (typeof multiplier !== 'number' || !(multiplier >= 0 && multiplier <= MULTIPLIER_MAX)) return undefined;
  return decimal(multiplier, 3);
}

export const MULTIPLIER_RULE = `must be a number from 0 to ${MULTIPLIER_MAX} with at most three decimals`;

/** The number in units of its last decimal, unless it has more of them. */
function decimal(value: number, places: number): number | undefined {
  const text = value.toFixed(places);
  return Number(text) === value ? Number(text.replace('.', '')) : undefined;
}
