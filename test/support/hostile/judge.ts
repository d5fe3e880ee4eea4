import type { Reply } from '../api.js';
import type { Contract } from '../contract.js';
import { INSIDE } from '../problem.js';
import type { Shot } from './draft.js';

/** Texts that no answer may have. */
export interface Secrets {
  /** Keys, good and bad. */
  readonly keys: readonly string[];
  /** Names that only the database knows. */
  readonly tables: readonly string[];
  /** Ids of others' reservations. */
  readonly reservations: readonly string[];
}

/** Answers of Node's parser, before it was known what was asked for. */
const UNREADABLE = new Set([400, 431]);

/** What every answer must be, whatever was asked. @throws Error naming what it isn't */
export function judge(shot: Shot, reply: Reply, contract: Contract, secrets: Secrets): void {
  const { status, headers, text } = reply;
  const name = `${shot.method} ${shot.target.slice(0, 200)}`;
  if (status >= 500) throw new Error(`${name} answered ${status}: ${text}`);
  // All of it had been sent: whoever then waits for more has misread it.
  if (status === 408) throw new Error(`${name} was waited for in vain`);
  expectNoLeak(name, `${JSON.stringify([...headers])}\n${text}`, secrets);
  if (shot.method === 'HEAD') return;
  const unreadable = UNREADABLE.has(status) && headers.get('connection') === 'close';
  const path = routed(shot.target);
  const known = contract.knows(shot.method, path, unreadable ? status : undefined);
  if (known) contract.check(shot.method, path, reply);
  if (status >= 400) contract.checkRefusal(name, reply);
  else if (!known) throw new Error(`${name} answered ${status}, though /docs-json doesn't know it`);
}

function expectNoLeak(name: string, answer: string, { keys, tables, reservations }: Secrets): void {
  const inside = INSIDE.exec(answer)?.[0] ?? /node:\w+|file:\/\//.exec(answer)?.[0];
  const leaked =
    inside ?? [...keys, ...tables, ...reservations.map(idMember)].find((secret) => answer.includes(secret));
  if (leaked !== undefined) throw new Error(`${name} was answered with ${leaked}: ${answer.slice(0, 1_000)}`);
}

/** As an answer tells a reservation: an id that was only repeated is no leak. */
const idMember = (id: string): string => `"reservation_id":"${id}"`;

/**
 * The path by which the router finds a route: neither a host nor a fragment, plain letters however they are written, and
 * without the spaces before it, which Node passes over.
 */
const routed = (target: string): string =>
  target
    .replace(/^ +/, '')
    .replace(/^https?:\/\/[^/?#]*/, '')
    .replace(/[?#].*$/s, '')
    .replaceAll(/%[46][1-9a-f]|%[57][0-9a]/gi, (code) => String.fromCharCode(parseInt(code.slice(1), 16)));
