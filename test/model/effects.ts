import type { Complain, History, Line, Operation } from './history.js';
import { askedFor, describeAnswer, describeRequest, type Request } from './request.js';

/** A change that was acknowledged, with its lines in the ledger, and when it can have taken place. */
export interface Effect {
  readonly reservationId: string;
  readonly first: Line;
  readonly last: Line;
  /** It was asked for. */
  readonly startedAt: number;
  /** Somebody had been told of it. */
  readonly endedAt: number;
  /** What its client was told of the hold after it. */
  readonly extensions: number;
  readonly expiresAt: number;
}

export interface Effects {
  readonly effects: readonly Effect[];
  readonly ofOperation: ReadonlyMap<Operation, Effect>;
}

const LINES = { reserve: 'reserved', activate: 'activated', extend: 'extended', cancel: 'cancelled' } as const;

/** Finds the one change behind each request and its repeats, and complains of changes that nobody was told or asked for. */
export function effectsOf({ operations, ledger }: History, complain: Complain): Effects {
  const lines = linesOf(ledger);
  const ofOperation = new Map<Operation, Effect>();
  const effects: Effect[] = [];
  for (const [name, tries] of bunches(operations)) {
    const told = tries.filter(({ answer }) => answer !== undefined && answer.status < 300);
    const [one] = told;
    if (!one?.answer) continue;
    const made = lastsAlready(one, told, effects);
    if (made) {
      for (const operation of told) ofOperation.set(operation, made);
      continue;
    }
    expectOneAnswer(told, tries, complain);
    const { reservation_id: reservationId = '', expires_at: expiresAt = '', extensions = 0 } = one.answer.body;
    const kind = LINES[one.request.kind as keyof typeof LINES];
    const found = lines.get(`${kind} ${reservationId}`) ?? [];
    const first = kind === 'extended' ? found[extensions - 1] : found[0];
    if (!first) {
      complain(`lost: ${name} was answered ${describeAnswer(one.answer)} and is not in the ledger`);
      continue;
    }
    const cause =
      told.find(({ answer }) => !answer?.replayed) ??
      earliest(tries.filter(({ answer }) => !answer || answer.status < 300));
    const rest = kind === 'activated' ? lines.get(`returned ${reservationId}`)?.[0] : undefined;
    const effect: Effect = {
      ...{ reservationId, first, last: rest ?? first, extensions, expiresAt: Date.parse(expiresAt) },
      startedAt: cause.startedAt,
      endedAt: Math.min(...told.map(({ endedAt }) => endedAt)),
    };
    expectAsAsked(one, effect, complain);
    effects.push(effect);
    for (const operation of told) ofOperation.set(operation, effect);
  }
  expectAllAskedFor(ledger, effects, complain);
  return { effects, ofOperation };
}

/**
 * The reserve that a hold's extension to the very expiry that it was made with is answered by: nothing changes, and the
 * answer says that it is a repeat. (A later expiry can only be asked for again by the same words, in one bunch with them.)
 */
function lastsAlready(
  { request, answer }: Operation,
  told: readonly Operation[],
  effects: readonly Effect[],
): Effect | undefined {
  if (request.kind !== 'extend' || !told.every((operation) => operation.answer?.replayed)) return undefined;
  return effects.find(
    ({ first, reservationId, expiresAt }) =>
      first.kind === 'reserved' &&
      reservationId === answer?.body.reservation_id &&
      answer.body.extensions === 0 &&
      expiresAt === Date.parse(request.expiresAt ?? ''),
  );
}

/** Requests that may take place once between them: repeats under a key, and a step of one reservation. */
function bunches(operations: readonly Operation[]): Map<string, Operation[]> {
  const all = new Map<string, Operation[]>();
  let alone = 0;
  for (const operation of operations) {
    const { request } = operation;
    if (request.kind === 'look' || request.kind === 'read') continue;
    const name =
      request.kind === 'reserve'
        ? `${describeRequest(request)}${request.key === undefined ? ` #${++alone}` : ''}`
        : `${request.by.id} ${askedFor(request)}`;
    all.set(name, [...(all.get(name) ?? []), operation]);
  }
  return all;
}

function expectOneAnswer(told: readonly Operation[], tries: readonly Operation[], complain: Complain): void {
  const [first] = told;
  for (const { request, answer } of told) {
    if (answer?.text === first?.answer?.text && answer?.status === first?.answer?.status) continue;
    complain(
      `a replay differs: ${describeRequest(request)} was answered ${first?.answer?.text} and then ${answer?.text}`,
    );
  }
  const fresh = told.filter(({ answer }) => !answer?.replayed);
  if (fresh.length > 1 && first) complain(`done twice: ${describeRequest(first.request)}`);
  if (fresh.length === 0 && first && tries.every(({ answer }) => answer)) {
    complain(`a replay of nothing: ${describeRequest(first.request)} was never answered for the first time`);
  }
}

/** The change is that which was asked for, in the ledger's words. */
function expectAsAsked({ request, answer }: Operation, { first, last }: Effect, complain: Complain): void {
  const { quantity = 0, quantity_held: held = quantity } = answer?.body ?? {};
  const units = first.kind === 'extended' ? 0 : quantity;
  const asked = (request as Extract<Request, { quantity?: unknown }>).quantity;
  const returned = first === last ? 0 : last.units;
  const right =
    first.units === units &&
    (asked === undefined || asked === quantity) &&
    first.partnerId === request.by.id &&
    first.channelId === request.by.channelId &&
    (request.kind !== 'reserve' || first.productId === request.productId) &&
    (request.kind !== 'activate' || quantity + returned === held);
  if (!right) complain(`another change: ${describeRequest(request)} is ${describeLine(first)} in the ledger`);
}

function expectAllAskedFor(ledger: readonly Line[], effects: readonly Effect[], complain: Complain): void {
  const known = new Set(effects.flatMap(({ first, last }) => [first, last]));
  for (const line of ledger) {
    // Nobody asks for an expiry; whether there was reason for it is seen when the ledger is read.
    if (line.kind === 'opened' || line.kind === 'expired' || known.has(line)) continue;
    complain(`nobody was told of ${describeLine(line)}`);
  }
}

function linesOf(ledger: readonly Line[]): Map<string, Line[]> {
  const lines = new Map<string, Line[]>();
  for (const line of ledger) {
    const name = `${line.kind} ${line.reservationId}`;
    lines.set(name, [...(lines.get(name) ?? []), line]);
  }
  return lines;
}

const earliest = (tries: readonly Operation[]): Operation =>
  tries.reduce((first, next) => (next.startedAt < first.startedAt ? next : first));

/** For people. */
export const describeLine = ({ productId, seq, kind, units, reservationId, channelId }: Line): string =>
  `line ${seq} of product ${productId} (${kind} ${units} on ${channelId}, ${reservationId})`;
