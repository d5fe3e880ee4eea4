import { parameterFault } from '../contract/query-faults.js';
import { parseInstant } from '../domain/instant.js';

/** Before any line of a ledger, and after any: what MySQL compares a TIMESTAMP with. */
const EARLIEST = Date.parse('1970-01-01T00:00:00Z');
const LATEST = Date.parse('9999-01-01T00:00:00Z');
/** A `+` that wasn't encoded arrives as a space. */
const SPACE_OF_OFFSET = / (?=\d{2}:\d{2}$)/;

/**
 * Reads a moment of a query, to the microsecond. @returns it as MySQL writes it, in UTC
 *
 * @throws DomainError `invalid_filter`
 */
export function parseMoment(parameter: string, value: unknown): string {
  const text = typeof value === 'string' ? value.replace(SPACE_OF_OFFSET, '+') : '';
  const at = parseInstant(text);
  if (at === undefined || at < EARLIEST || at >= LATEST) {
    throw parameterFault(
      'invalid_filter',
      parameter,
      'takes an ISO 8601 date and time with an offset, such as 2026-12-24T14:30:00+08:00',
    );
  }
  // Of a Date only milliseconds are left.
  const [, fraction = ''] = /\.(\d+)/.exec(text) ?? [];
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}.${fraction.padEnd(6, '0').slice(0, 6)}`;
}

/** A moment as MySQL writes it, on the wire. */
export const isoMoment = (at: string): string => `${at.replace(' ', 'T')}Z`;
