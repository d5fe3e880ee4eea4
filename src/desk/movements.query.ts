import { PRODUCT_ID_MAX } from '../contract/product-id.js';
import { cursorOf, placeIn } from '../contract/page.js';
import { parameterFault, type RawQuery, refuseUnknown, wholeNumber } from '../contract/query-faults.js';
import { isCalendarDate } from '../domain/instant.js';
import type { LineFilter, Place } from '../events/movement.query.js';
import { parseMoment } from './moment.js';

/** What is asked of the ledger. */
export interface MovementsQuery {
  readonly productId: number | undefined;
  readonly filter: LineFilter;
  readonly newestFirst: boolean;
  /** Lines of a page. */
  readonly limit: number;
  /** The place where the page before ended. */
  readonly after: Place | undefined;
}

export const KINDS = [
  'opened',
  'reserved',
  'expired',
  'activated',
  'returned',
  'extended',
  'cancelled',
  'allocated',
  'deallocated',
  'repaired',
] as const;
export const ORDERS = ['newest', 'oldest'] as const;
export const LIMIT_DEFAULT = 100;
export const LIMIT_MAX = 1_000;

const FILTERS = [
  'product_id',
  'channel_id',
  'partner_id',
  'reservation_id',
  'kind',
  'actor',
  'from',
  'to',
  'order',
] as const;

/** A page's. @throws DomainError `malformed_request` for an unknown parameter, `invalid_filter` for a bad value */
export function parseMovementsQuery(query: RawQuery): MovementsQuery {
  refuseUnknown(query, [...FILTERS, 'limit', 'cursor']);
  const { limit, cursor } = query;
  return {
    ...parseFilters(query, 'newest'),
    limit: limit === undefined ? LIMIT_DEFAULT : wholeNumber('limit', limit, LIMIT_MAX),
    after: cursor === undefined ? undefined : decodeCursor(cursor),
  };
}

/** A file's: all lines, so it has no pages. @throws as {@link parseMovementsQuery} */
export function parseExportQuery(query: RawQuery): Omit<MovementsQuery, 'limit' | 'after'> {
  refuseUnknown(query, FILTERS);
  return parseFilters(query, 'oldest');
}

function parseFilters(query: RawQuery, orderDefault: (typeof ORDERS)[number]): Omit<MovementsQuery, 'limit' | 'after'> {
  const { product_id: productId, from, to, order = orderDefault } = query;
  const filter = {
    channelId: parseName(query, 'channel_id', 20),
    partnerId: parseName(query, 'partner_id', 40),
    reservationId: parseName(query, 'reservation_id', 50),
    kind: query['kind'] === undefined ? undefined : parseOneOf('kind', query['kind'], KINDS),
    actor: parseName(query, 'actor', 80),
    from: from === undefined ? undefined : parseMoment('from', from),
    to: to === undefined ? undefined : parseMoment('to', to),
  };
  if (filter.from !== undefined && filter.to !== undefined && filter.to <= filter.from)
    throw parameterFault('invalid_filter', 'to', 'must be later than from');
  return {
    productId: productId === undefined ? undefined : wholeNumber('product_id', productId, PRODUCT_ID_MAX),
    filter,
    newestFirst: parseOneOf('order', order, ORDERS) === 'newest',
  };
}

/** The columns are ASCII: what isn't can't be there. */
function parseName(query: RawQuery, parameter: string, charactersMax: number): string | undefined {
  const value = query[parameter];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.length <= charactersMax && /^[\x21-\x7e]+$/.test(value)) return value;
  throw parameterFault(
    'invalid_filter',
    parameter,
    `takes one of 1 to ${charactersMax} printable ASCII characters without spaces`,
  );
}

function parseOneOf<T extends string>(parameter: string, value: unknown, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw parameterFault('invalid_filter', parameter, `takes one of ${known.join(', ')}`);
  return found;
}

/** Of no meaning to a client. */
export const encodeCursor = ({ occurredAt, productId, seq }: Place): string =>
  cursorOf(`${occurredAt} ${productId} ${seq}`);

function decodeCursor(value: unknown): Place {
  const [, occurredAt = '', productId = '', seq = ''] =
    /^(\d{4}-\d{2}-\d{2} (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}) ([1-9]\d{0,9}) ([1-9]\d{0,15})$/.exec(
      placeIn(value),
    ) ?? [];
  if (!isCalendarDate(occurredAt.slice(0, 'YYYY-MM-DD'.length)))
    throw parameterFault('invalid_filter', 'cursor', 'takes the next_cursor of the page before');
  return { occurredAt, productId: Number(productId), seq: Number(seq) };
}
