import { PRODUCT_ID_MAX } from '../contract/product-id.js';
import { type RawQuery, refuseUnknown } from '../contract/query-faults.js';
import { DomainError, type Fault } from '../domain/errors.js';
import { isCalendarDate } from '../domain/instant.js';

/** Products in one request. */
const PRODUCTS_MAX = 200;
const DAYS_MAX = 366;
const DAY_MS = 86_400_000;

/** Days `YYYY-MM-DD`, both ends included. */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

/** What a partner asks of GET /api/ota/inventory. */
export interface InventoryQuery {
  /** Absent: all that the channel may sell. */
  readonly productIds: readonly number[] | undefined;
  readonly dateRange: DateRange | undefined;
}

/** @throws DomainError `malformed_request`, `invalid_product_ids`, `invalid_date_range` */
export function parseInventoryQuery(query: RawQuery): InventoryQuery {
  refuseUnknown(query, ['product_ids', 'date_range']);
  return {
    productIds: query['product_ids'] === undefined ? undefined : parseProductIds(query['product_ids']),
    dateRange: query['date_range'] === undefined ? undefined : parseDateRange(query['date_range']),
  };
}

/** `106,107` or `[106,107]`; duplicates are folded. A repeated parameter reads as one list. */
function parseProductIds(value: unknown): number[] {
  const text = (Array.isArray(value) ? value.join(',') : String(value)).trim();
  const inner = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  const parts = inner.split(',').map((part) => part.trim());
  const bad = parts.filter((part) => !/^\d{1,10}$/.test(part) || Number(part) < 1 || Number(part) > PRODUCT_ID_MAX);
  if (bad.length > 0) {
    throw invalidProductIds(
      bad.map((part) => ({
        parameter: 'product_ids',
        detail: part === '' ? 'an id is missing' : `${part.slice(0, 40)} is not a product id`,
      })),
      'product_ids takes positive whole numbers separated by commas, such as 106,107,108; leave it out for all products that you may sell.',
    );
  }
  const ids = [...new Set(parts.map(Number))];
  if (ids.length > PRODUCTS_MAX) {
    throw invalidProductIds(
      [{ parameter: 'product_ids', detail: `${ids.length} ids` }],
      `product_ids takes at most ${PRODUCTS_MAX} ids at a time; ${ids.length} were sent.`,
    );
  }
  return ids;
}

/** `2025-11-15,2025-12-15`, both ends included. */
function parseDateRange(value: unknown): DateRange {
  const [from = '', to = '', ...more] = (typeof value === 'string' ? value : '').split(',').map((part) => part.trim());
  if (more.length > 0 || !isCalendarDate(from) || !isCalendarDate(to)) {
    throw invalidDateRange('date_range takes two dates separated by a comma, such as 2025-11-15,2025-12-15.');
  }
  if (to < from) throw invalidDateRange(`date_range ends (${to}) before it begins (${from}).`);
  if ((Date.parse(to) - Date.parse(from)) / DAY_MS >= DAYS_MAX)
    throw invalidDateRange(`date_range spans at most ${DAYS_MAX} days.`);
  return { from, to };
}

export const invalidProductIds = (errors: readonly Fault[], detail: string): DomainError =>
  new DomainError({ code: 'invalid_product_ids', detail, facts: { errors } });

const invalidDateRange = (detail: string): DomainError =>
  new DomainError({ code: 'invalid_date_range', detail, facts: { errors: [{ parameter: 'date_range', detail }] } });
