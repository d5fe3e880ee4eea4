import { DomainError, type ErrorCode } from '../domain/errors.js';

/** Length of the columns that keep a reason. */
export const REASON_MAX = 500;

/** @param pointer into the body (RFC 6901). @param what completes the sentence that begins with the member's name */
export const memberFault = (code: ErrorCode, pointer: string, what: string): DomainError =>
  new DomainError({ code, detail: `${pointer.slice(1)} ${what}.`, facts: { errors: [{ pointer, detail: what }] } });

/** @throws DomainError `invalid_text` for one that is too long, or that MySQL would keep as another one */
export function parseText<T extends string | undefined>(text: T, pointer: string, charactersMax: number): T {
  if (text === undefined) return text;
  if (Array.from(text).length > charactersMax) {
    throw memberFault('invalid_text', pointer, `may have at most ${charactersMax} characters`);
  }
  // MySQL would put another character in its place, and a repeated request would get another answer.
  if (/\p{Surrogate}/u.test(text)) throw memberFault('invalid_text', pointer, 'has half of a character');
  return text;
}
