import { DomainError, type ErrorCode } from '../domain/errors.js';

/** A query as Fastify reads it: a text, or a list of them when the parameter is repeated. */
export type RawQuery = Readonly<Record<string, unknown>>;

/**
 * A misspelt parameter that was ignored would change the question.
 *
 * @throws DomainError `malformed_request` naming those that aren't known
 */
export function refuseUnknown(query: RawQuery, known: readonly string[]): void {
  const unknown = Object.keys(query).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new DomainError({
    code: 'malformed_request',
    detail: `Unknown query parameter: ${unknown.join(', ')}. Known are ${known.join(', ')}.`,
    facts: { errors: unknown.map((parameter) => ({ parameter, detail: 'unknown parameter' })) },
  });
}

/** @param what completes the sentence that begins with the parameter's name */
export const parameterFault = (code: ErrorCode, parameter: string, what: string): DomainError =>
  new DomainError({ code, detail: `${parameter} ${what}.`, facts: { errors: [{ parameter, detail: what }] } });

/** Reads a whole number from 1. @throws DomainError `invalid_filter` */
export function wholeNumber(parameter: string, value: unknown, max: number): number {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : 0;
  if (number < 1 || number > max) {
    throw parameterFault('invalid_filter', parameter, `takes a whole number from 1 to ${max}`);
  }
  return number;
}
