import { parameterFault, type RawQuery, refuseUnknown, wholeNumber } from '../contract/query-faults.js';
import type { DomainError } from '../domain/errors.js';
import { isCalendarDate } from '../domain/instant.js';
import type { ReservationStatus } from '../domain/reservation.js';
import type { Position, ReservationFilter } from './reservation.query.js';

export type ListQuery = ReservationFilter;

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
const ID_MAX = 2_147_483_647;
const STATUSES: readonly ReservationStatus[] = ['active', 'expired', 'activated', 'cancelled'];

/** @throws DomainError `malformed_request` for an unknown parameter, `invalid_filter` for a bad value */
export function parseListQuery(query: RawQuery): ListQuery {
  refuseUnknown(query, ['status', 'product_id', 'limit', 'cursor']);
  const { status, product_id: productId, limit, cursor } = query;
  return {
    status: status === undefined ? undefined : parseStatus(status),
    productId: productId === undefined ? undefined : wholeNumber('product_id', productId, ID_MAX),
    limit: limit === undefined ? LIMIT_DEFAULT : wholeNumber('limit', limit, LIMIT_MAX),
    after: cursor === undefined ? undefined : decodeCursor(cursor),
  };
}

function parseStatus(value: unknown): ReservationStatus {
  const status = STATUSES.find((known) => known === value);
  if (status === undefined) throw invalid('status', `takes one of ${STATUSES.join(', ')}`);
  return status;
}

/** The place after which the next page begins; of no meaning to a client. */
export const encodeCursor = ({ createdAt, id }: Position): string =>
  Buffer.from(`${createdAt} ${id}`).toString('base64url');

function decodeCursor(value: unknown): Position {
  const text = typeof value === 'string' ? Buffer.from(value, 'base64url').toString('latin1') : '';
  const [, createdAt, id] =
    /^(\d{4}-\d{2}-\d{2} (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}) ([\x21-\x7e]{1,50})$/.exec(text) ?? [];
  if (createdAt === undefined || id === undefined || !isCalendarDate(createdAt.slice(0, 'YYYY-MM-DD'.length)))
    throw invalid('cursor', 'takes the next_cursor of the page before');
  return { createdAt, id };
}

const invalid = (parameter: string, what: string): DomainError => parameterFault('invalid_filter', parameter, what);
