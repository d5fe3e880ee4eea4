import { PRODUCT_ID_MAX } from '../contract/product-id.js';
import { cursorOf, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, parseOneOf, placeIn } from '../contract/page.js';
import { parameterFault, type RawQuery, refuseUnknown, wholeNumber } from '../contract/query-faults.js';
import { isCalendarDate } from '../domain/instant.js';
import type { ReservationStatus } from '../domain/reservation.js';
import type { Position, ReservationFilter } from './reservation.query.js';

export type ListQuery = ReservationFilter;

const STATUSES: readonly ReservationStatus[] = ['active', 'expired', 'activated', 'cancelled'];

/** @throws DomainError `malformed_request` for an unknown parameter, `invalid_filter` for a bad value */
export function parseListQuery(query: RawQuery): ListQuery {
  refuseUnknown(query, ['status', 'product_id', 'limit', 'cursor']);
  const { product_id: productId, limit, cursor } = query;
  return {
    status: parseOneOf(query, 'status', STATUSES),
    productId: productId === undefined ? undefined : wholeNumber('product_id', productId, PRODUCT_ID_MAX),
    limit: limit === undefined ? PAGE_LIMIT_DEFAULT : wholeNumber('limit', limit, PAGE_LIMIT_MAX),
    after: cursor === undefined ? undefined : decodeCursor(cursor),
  };
}

/** The place after which the next page begins; of no meaning to a client. */
export const encodeCursor = ({ createdAt, id }: Position): string => cursorOf(`${createdAt} ${id}`);

function decodeCursor(value: unknown): Position {
  const [, createdAt, id] =
    /^(\d{4}-\d{2}-\d{2} (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}) ([\x21-\x7e]{1,50})$/.exec(placeIn(value)) ?? [];
  if (createdAt === undefined || id === undefined || !isCalendarDate(createdAt.slice(0, 'YYYY-MM-DD'.length)))
    throw parameterFault('invalid_filter', 'cursor', 'takes the next_cursor of the page before');
  return { createdAt, id };
}
