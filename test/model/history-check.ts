import { type Effect, effectsOf } from './effects.js';
import type { Complain, History, Line, Operation } from './history.js';
import { type ExpiryTold, type Moment, readLedger } from './ledger.js';
import { type Reading, readingOf } from './readings.js';
import { describeAnswer, describeRequest } from './request.js';

/** Clients and database share a machine, not one reading of its clock. Only what hangs on the time of day is given this. */
const CLOCKS_APART_MS = 20;

/**
 * Whether one serial order per product explains everything that clients were told. To find such an order is NP-complete
 * in general (Gibbons and Korach); here the service says which one it took: the ledger numbers a product's changes. So it
 * is enough to check that order, as Elle does with the orders that a database lets on, instead of searching for one, as
 * Wing and Gong, Knossos and Porcupine do: each line must follow from those before it, changes that came one after the
 * other in real time must stand so in the ledger, and each answer that changed nothing must fit between two lines, within
 * its own time and in real-time order with all others.
 *
 * @returns what is wrong, for people; nothing when all is explained
 */
export function faultsOf(history: History): string[] {
  const faults: string[] = [];
  const complain: Complain = (fault) => void faults.push(fault);
  const { effects, ofOperation } = effectsOf(history, complain);
  const expiryTold = expiriesOf(effects);
  const productOf = new Map(history.ledger.map(({ reservationId, productId }) => [reservationId, productId]));
  for (const productId of new Set(history.ledger.map((line) => line.productId))) {
    const moments = readLedger(linesOf(history, productId), expiryTold, complain);
    const changes = effects.filter(({ first }) => first.productId === productId);
    expectRealTimeOrder(changes, complain);
    const readings = history.operations
      .filter(({ request }) =>
        'productId' in request ? request.productId === productId : productOf.get(request.reservationId) === productId,
      )
      .flatMap((operation) => readingsOf(operation, ofOperation.get(operation), complain));
    expectReadings(readings, changes, moments, complain);
  }
  return faults;
}

function expiriesOf(effects: readonly Effect[]): ExpiryTold {
  const told = new Map(
    effects
      .filter(({ first }) => first.kind === 'reserved' || first.kind === 'extended')
      .map(({ reservationId, extensions, expiresAt }) => [`${reservationId} ${extensions}`, expiresAt]),
  );
  return (reservationId, extensions) => told.get(`${reservationId} ${extensions}`);
}

const linesOf = ({ ledger }: History, productId: number): Line[] =>
  ledger.filter((line) => line.productId === productId).sort((a, b) => a.seq - b.seq);

/** The answers that read: a replay too, of what took place before. Not the first one of a change: that is in the ledger. */
function readingsOf(operation: Operation, effect: Effect | undefined, complain: Complain): Reading[] {
  const { request, answer } = operation;
  if (!answer || answer.status === 503 || (effect && !answer.replayed)) return [];
  const reading = readingOf(operation, answer, effect);
  // One that was acknowledged and isn't in the ledger has been complained of.
  if (!reading && answer.status >= 300)
    complain(`unexplained: ${describeRequest(request)} was answered ${describeAnswer(answer)}`);
  return reading ? [reading] : [];
}

/** Whoever was told before the other asked comes first. */
function expectRealTimeOrder(changes: readonly Effect[], complain: Complain): void {
  let latest: Effect | undefined;
  for (const change of [...changes].sort((a, b) => a.first.seq - b.first.seq)) {
    if (latest && change.endedAt < latest.startedAt) {
      const [first, second] = [change.first, latest.first];
      complain(
        `out of order: line ${first.seq} was answered before line ${second.seq} was asked for, and comes after it`,
      );
    }
    if (!latest || change.startedAt > latest.startedAt) latest = change;
  }
}

/**
 * Places each reading as early in the ledger as it fits: after all changes that were answered before it began, after all
 * readings that were, and before all changes that were asked for after it ended. Readings only push later ones back, so
 * when the earliest places don't do, none do.
 */
function expectReadings(
  readings: readonly Reading[],
  changes: readonly Effect[],
  moments: readonly Moment[],
  complain: Complain,
): void {
  const opened = moments.findLastIndex(({ opens }) => opens);
  const answered = changes.map(({ endedAt, last }) => ({ endedAt, place: last.seq - 1 }));
  const pastOf = latestBefore(answered, opened);
  const nextOf = earliestAfter(changes, moments.length - 1);
  for (const reading of [...readings].sort((a, b) => a.operation.startedAt - b.operation.startedAt)) {
    const { startedAt, endedAt, request, answer } = reading.operation;
    const from = pastOf.at(startedAt);
    const to = nextOf(endedAt);
    const place = firstPlace(reading, moments, from, to);
    if (place === undefined) {
      complain(
        `unexplained: ${describeRequest(request)} was answered ${describeAnswer(answer)}; nothing between lines ${from + 1} and ${to + 1} gives that`,
      );
    } else pastOf.add({ endedAt, place });
  }
}

interface Placed {
  readonly endedAt: number;
  readonly place: number;
}

/** The last place that anything had that ended before a time; asked for later and later times. */
function latestBefore(placed: readonly Placed[], first: number): { add(one: Placed): void; at(time: number): number } {
  const waiting = [...placed].sort((a, b) => b.endedAt - a.endedAt);
  let added: Placed[] = [];
  let latest = first;
  return {
    add: (one) => void added.push(one),
    at: (time) => {
      for (let next = waiting.at(-1); next && next.endedAt < time; next = waiting.at(-1)) {
        latest = Math.max(latest, next.place);
        waiting.pop();
      }
      latest = Math.max(latest, ...added.filter(({ endedAt }) => endedAt < time).map(({ place }) => place));
      added = added.filter(({ endedAt }) => endedAt >= time);
      return latest;
    },
  };
}

/** The last place before all changes that were asked for after a time. */
function earliestAfter(changes: readonly Effect[], last: number): (time: number) => number {
  const latestFirst = [...changes].sort((a, b) => b.startedAt - a.startedAt);
  let earliest = last;
  const places = latestFirst.map(({ startedAt, first }) => {
    earliest = Math.min(earliest, first.seq - 2);
    return { startedAt, place: earliest };
  });
  return (time) => {
    let [low, high] = [0, places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((places[middle]?.startedAt ?? 0) > time) low = middle + 1;
      else high = middle;
    }
    return places[low - 1]?.place ?? last;
  };
}

function firstPlace(reading: Reading, moments: readonly Moment[], from: number, to: number): number | undefined {
  for (let place = from; place <= to; place++) {
    const moment = moments[place];
    if (moment && moment.since > reading.operation.endedAt + CLOCKS_APART_MS) return undefined;
    if (!moment || !(reading.inBatch ? moment.stepEnds : moment.batchEnds)) continue;
    if (timesOf(reading.operation, moment).some((now) => reading.explains(moment, now))) return place;
  }
  return undefined;
}

/** The times at which it may have been read, as far as that makes a difference: a hold may have become overdue meanwhile. */
function timesOf({ startedAt, endedAt }: Operation, { active }: Moment): number[] {
  const [from, to] = [startedAt - CLOCKS_APART_MS, endedAt + CLOCKS_APART_MS];
  const expiries = [...active.values()].map(({ expiresAt }) => expiresAt);
  return [from, ...expiries.filter((at) => at > from && at < to), to];
}
