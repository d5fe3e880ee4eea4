import { parameterFault, type RawQuery } from './query-faults.js';

/** Which part of a list is asked for. */
export interface PageQuery {
  /** Entries of a page. */
  readonly limit: number;
  /** Place of the last entry of the page before. */
  readonly after: string | undefined;
}

export const PAGE_LIMIT_DEFAULT = 50;
export const PAGE_LIMIT_MAX = 200;

/** Names of the parameters of every list. */
export const PAGE_PARAMETERS = ['limit', 'cursor'] as const;

/**
 * Reads `limit` and `cursor`.
 *
 * @param isPlace whether a text can be a place of this list
 * @throws DomainError `invalid_filter`
 */
export function parsePage({ limit, cursor }: RawQuery, isPlace: IsPlace): PageQuery {
  return { limit: limit === undefined ? PAGE_LIMIT_DEFAULT : parseLimit(limit), after: parseCursor(cursor, isPlace) };
}

type IsPlace = (text: string) => boolean;

function parseLimit(value: unknown): number {
  const limit = typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (limit >= 1 && limit <= PAGE_LIMIT_MAX) return limit;
  throw parameterFault('invalid_filter', 'limit', `takes a whole number from 1 to ${PAGE_LIMIT_MAX}`);
}

function parseCursor(value: unknown, isPlace: IsPlace): string | undefined {
  if (value === undefined) return undefined;
  const text = placeIn(value);
  if (isPlace(text)) return text;
  throw parameterFault('invalid_filter', 'cursor', 'takes the next_cursor of the page before');
}

/** A place as a client carries it, of no meaning to it. */
export const cursorOf = (place: string | number): string => Buffer.from(String(place), 'latin1').toString('base64url');

/** The place that a cursor was made of; any text, when it is none. */
export const placeIn = (cursor: unknown): string =>
  typeof cursor === 'string' ? Buffer.from(cursor, 'base64url').toString('latin1') : '';

/** A page, and where the next one begins. */
export interface Page<T> {
  readonly entries: readonly T[];
  /** Of no meaning to a client; `null` on the last page. */
  readonly next_cursor: string | null;
}

/** @param entries as many as the page has, and one more when there is another page */
export function pageOf<T>(entries: readonly T[], limit: number, placeOf: (entry: T) => string | number): Page<T> {
  const page = entries.slice(0, limit);
  const last = entries.length > limit ? page.at(-1) : undefined;
  return {
    entries: page,
    next_cursor: last === undefined ? null : cursorOf(placeOf(last)),
  };
}

/** @throws DomainError `invalid_filter` for a value that is none of those */
export function parseOneOf<T extends string>(query: RawQuery, parameter: string, known: readonly T[]): T | undefined {
  const { [parameter]: value } = query;
  if (value === undefined) return undefined;
  const found = known.find((one) => one === value);
  if (found === undefined) throw parameterFault('invalid_filter', parameter, `takes one of ${known.join(', ')}`);
  return found;
}

/** @param what completes the sentence that begins with the parameter's name. @throws DomainError `invalid_filter` */
export function parseMatching(query: RawQuery, parameter: string, form: RegExp, what: string): string | undefined {
  const { [parameter]: value } = query;
  if (value === undefined) return undefined;
  if (typeof value === 'string' && form.test(value)) return value;
  throw parameterFault('invalid_filter', parameter, what);
}
