import { DomainError, type ErrorCode } from '../domain/errors.js';

/** Longest name of a product, channel or partner. */
export const NAME_MAX = 200;

/** Of a new channel or customer type, and what it is made of. The database takes a few more. */
const SHORT_ID = /^[a-z0-9][a-z0-9_-]{0,19}$/;
export const SHORT_ID_RULE = 'must be 1 to 20 characters of a-z, 0-9, _ and -, the first a letter or digit';

/** Names what JavaScript has on every object can't be told from it. */
export const isShortId = (text: string): boolean => SHORT_ID.test(text) && !(text in Object.prototype);

/** Of a new partner. */
export const PARTNER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;
export const PARTNER_ID_RULE = 'must be 1 to 40 characters of A-Z, a-z, 0-9, ., _ and -, the first a letter or digit';

/** What the columns of ids can hold: whatever else is asked for doesn't exist. */
const STORABLE_ID = /^[\x20-\x7e]{1,40}$/;

/** @throws DomainError that says that there is none */
export function parseId(text: string, notFound: () => DomainError): string {
  if (STORABLE_ID.test(text)) return text;
  throw notFound();
}

const missing = (code: ErrorCode, what: string, list: string) => (): DomainError =>
  new DomainError({ code, detail: `There is no such ${what}. GET /api/admin/${list} lists all.` });

export const channelNotFound = missing('channel_not_found', 'channel', 'channels');
export const partnerNotFound = missing('partner_not_found', 'partner', 'partners');
export const keyNotFound = missing('key_not_found', 'key', 'keys');
export const specialDateNotFound = missing('special_date_not_found', 'special date', 'special-dates');

/** @param pointer to the id in the body */
export const alreadyExists = (what: string, id: string | number, pointer: string): DomainError =>
  new DomainError({
    code: 'already_exists',
    detail: `There is a ${what} ${id} already; change it, or take another id.`,
    facts: { errors: [{ pointer, detail: 'already taken' }] },
  });

type Values = Readonly<Record<string, unknown>>;

/** What differs, for the log: each member with its value before and after. */
export function changesOf(before: Values, after: Values): Record<string, { from: unknown; to: unknown }> {
  const names = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(names.map((name) => [name, { from: before[name], to: after[name] }]));
}
