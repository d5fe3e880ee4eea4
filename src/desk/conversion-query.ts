import { PRODUCT_ID_MAX } from '../contract/product-id.js';
import { PAGE_PARAMETERS, parseMatching, parsePage } from '../contract/page.js';
import { parameterFault, type RawQuery, refuseUnknown } from '../contract/query-faults.js';
import { type Instant, parseInstant } from '../domain/instant.js';
import type { ConversionQuery } from './conversion.service.js';

const DAY_MS = 86_400_000;
/** Of one partner: a year and a day. */
export const DAYS_MAX = 366;
/** Of a page of partners: what is counted is counted anew each time (docs/admin.md says how long that takes). */
export const DAYS_OF_ALL_MAX = 7;

/** Of the column; any character that an id may have. */
const PARTNER_ID = /^[\x20-\x7e]{1,40}$/;
/** Before that TIMESTAMP has nothing, and after it nothing either. */
const TIME_MIN = Date.UTC(1970, 0, 2);
const TIME_MAX = Date.UTC(2038, 0, 1);

/** @throws DomainError `malformed_request`, `invalid_filter` */
export function parseConversionQuery(query: RawQuery): ConversionQuery {
  refuseUnknown(query, ['from', 'to', 'partner_id', 'product_id', ...PAGE_PARAMETERS]);
  const [from, to] = [parseTime(query, 'from'), parseTime(query, 'to')];
  const partnerId = parseMatching(query, 'partner_id', PARTNER_ID, "takes a partner's id");
  const daysMax = partnerId === undefined ? DAYS_OF_ALL_MAX : DAYS_MAX;
  if (to <= from) throw parameterFault('invalid_filter', 'to', 'must be later than from');
  if (to - from > daysMax * DAY_MS) {
    const wider = partnerId === undefined ? `, or ${DAYS_MAX} with a partner_id` : '';
    throw parameterFault('invalid_filter', 'to', `must be at most ${daysMax} days after from${wider}`);
  }
  const product = parseMatching(query, 'product_id', /^[1-9]\d{0,9}$/, "takes a product's id");
  const productId = product === undefined ? undefined : Number(product);
  if (productId !== undefined && productId > PRODUCT_ID_MAX) {
    throw parameterFault('invalid_filter', 'product_id', `takes a whole number from 1 to ${PRODUCT_ID_MAX}`);
  }
  return { from, to, partnerId, productId, ...parsePage(query, (text) => PARTNER_ID.test(text)) };
}

function parseTime(query: RawQuery, parameter: string): Instant {
  const { [parameter]: value } = query;
  const at = typeof value === 'string' ? parseInstant(value) : undefined;
  if (at !== undefined && at >= TIME_MIN && at <= TIME_MAX) return at;
  throw parameterFault(
    'invalid_filter',
    parameter,
    'must be sent: an ISO 8601 date and time with an offset, such as 2026-11-19T00:00:00Z',
  );
}
