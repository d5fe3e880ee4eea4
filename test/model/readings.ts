import type { Effect } from './effects.js';
import type { Operation } from './history.js';
import type { Life, Moment } from './ledger.js';
import type { Answer, Look, Read, Request, Reserve, Step } from './request.js';

/** An answer that changed nothing, and what must have been so when it was decided. */
export interface Reading {
  readonly operation: Operation;
  /** Whether it would have been answered so at a moment of the ledger, at a time in ms by the database's clock. */
  readonly explains: (moment: Moment, now: number) => boolean;
  /** It was decided among others of a transaction; else it sees only what was committed. */
  readonly inBatch: boolean;
}

/** What an operation read of the product; `undefined` when its answer can't be explained at all. */
export function readingOf(operation: Operation, answer: Answer, effect: Effect | undefined): Reading | undefined {
  const inBatch = operation.request.kind !== 'look' && operation.request.kind !== 'read';
  const explains = effect
    ? (moment: Moment) => moment.seq >= effect.last.seq // a replay: what it repeats had taken place
    : condition(operation.request, answer);
  return explains && { operation, explains, inBatch };
}

function condition(request: Request, answer: Answer): Reading['explains'] | undefined {
  switch (request.kind) {
    case 'look':
      return looked(request, answer);
    case 'read':
      return answer.status === 200 ? readAs(request, answer) : notFound(request, answer);
    case 'reserve':
      return notHeld(request, answer);
    case 'activate':
    case 'extend':
    case 'cancel':
      return answer.status === 404 ? notFound(request, answer) : forbidden(request, answer);
  }
}

/** Free units, those of overdue holds among them. */
function available({ free, active }: Moment, channelId: string, now: number): number {
  let units = free.get(channelId) ?? 0;
  for (const hold of active.values()) {
    if (hold.channelId === channelId && hold.expiresAt <= now) units += hold.quantity;
  }
  return units;
}

function looked({ productId, by }: Look, { status, body }: Answer): Reading['explains'] | undefined {
  if (status !== 200) return undefined;
  return (moment, now) => available(moment, by.channelId, now) === body.available_quantities?.[productId];
}

function notHeld({ by, quantity, expiresAt }: Reserve, { status, body }: Answer): Reading['explains'] | undefined {
  // It waited for longer than the hold was to last.
  if (status === 422 && body.code === 'expiry_out_of_range') return (_, now) => Date.parse(expiresAt) <= now;
  if (status !== 409 || body.code !== 'insufficient_inventory' || body.requested !== quantity) return undefined;
  return (moment, now) => {
    const units = available(moment, by.channelId, now);
    return units === body.available && units < quantity;
  };
}

function readAs({ reservationId, by }: Read, { body }: Answer): Reading['explains'] {
  return (moment, now) => {
    const life = moment.lifeOf(reservationId);
    return (
      life?.partnerId === by.id &&
      statusAt(life, now) === body.status &&
      life.quantity === body.quantity &&
      life.extensions === body.extensions
    );
  };
}

function notFound({ reservationId, by }: Read | Step, { status }: Answer): Reading['explains'] | undefined {
  if (status !== 404) return undefined;
  return (moment) => moment.lifeOf(reservationId)?.partnerId !== by.id;
}

/** Which states forbid a step; an active hold only forbids an extension that would make it shorter. */
const FORBIDDEN = {
  activate: ['expired', 'cancelled'],
  extend: ['activated', 'expired', 'cancelled'],
  cancel: ['expired'],
} as const;

function forbidden(step: Step, { status, body }: Answer): Reading['explains'] | undefined {
  const { reservationId } = step;
  const states: readonly string[] = FORBIDDEN[step.kind];
  if (status === 409 && body.code === 'status_conflict') {
    return (moment, now) => {
      const life = moment.lifeOf(reservationId);
      const state = life && statusAt(life, now);
      return state === body.reservation_status && states.includes(state ?? '');
    };
  }
  if (status === 409 && body.code === 'step_differs') {
    return (moment) => moment.lifeOf(reservationId)?.status === 'activated' && step.kind === 'activate';
  }
  if (status === 422 && body.code === 'expiry_out_of_range') {
    const asked = Date.parse(step.expiresAt ?? '');
    return (moment) => asked < (moment.lifeOf(reservationId)?.expiresAt ?? 0);
  }
  if (status === 422 && body.code === 'quantity_out_of_range') {
    const { quantity = 0 } = step;
    return (moment) => quantity > (moment.lifeOf(reservationId)?.quantity ?? Infinity);
  }
  return undefined;
}

/** What a partner is told: an overdue hold is expired. */
const statusAt = ({ status, expiresAt }: Life, now: number): string =>
  status === 'active' && expiresAt <= now ? 'expired' : status;
