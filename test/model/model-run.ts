import { setTimeout as sleep } from 'node:timers/promises';

import type fc from 'fast-check';

import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import type { TestApp } from '../support/app.js';
import type { TestDatabase } from '../support/database.js';
import { makeLapse } from '../support/stock.js';
import type { Ask, Sending } from './asks.js';
import { complaint, explain, type Happened } from './explain.js';
import type { Model } from './model.js';
import { type Answer, ask, describeAnswer, describeRequest, type Partner, type Request } from './request.js';

/** The service, and what its partners remember of one case. */
export interface Real {
  readonly apps: readonly TestApp[];
  readonly database: TestDatabase;
  readonly partners: readonly Partner[];
  readonly products: readonly number[];
  /** So that no case meets another's idempotency keys. */
  readonly keyPrefix: string;
  /** From which the hours of holds count. */
  readonly from: number;
  /** Reservations in the order of their answers, and whose they are. */
  readonly known: { readonly id: string; readonly by: Partner }[];
  readonly sent: Request[];
  /** For people. */
  readonly story: string[];
  /** How often each request was answered so, over all cases. */
  readonly met: Map<string, number>;
}

/** What the model is, while a case goes on. */
export interface Believed {
  model: Model;
}

/** Sends some requests at once, on any instance, and has the model explain their answers in some order. */
export class AtOnce implements fc.AsyncCommand<Believed, Real> {
  constructor(private readonly sendings: readonly Sending[]) {}

  check(): boolean {
    return true;
  }

  async run(believed: Believed, real: Real): Promise<void> {
    // Resolved before anything is sent: nobody knows of a reservation before it is answered.
    const plans = this.sendings.map(({ ask: wanted, ...how }) => ({ ...how, what: resolve(wanted, real) }));
    const bunch = (
      await Promise.all(
        plans.map(async ({ what, instance, afterMs }) => {
          if (plans.length > 1) await sleep(afterMs);
          return happen(real, what, instance);
        }),
      )
    ).flat();
    real.story.push(bunch.map(tell).join('\n  | '));
    const after = explain(believed.model, bunch);
    if (!after) throw new Error(unexplained(believed.model, bunch, real));
    believed.model = after;
    for (const { what, answer } of bunch) {
      if (answer) count(real.met, `${what.kind} ${outcomeOf(answer)}`);
      if (what.kind !== 'reserve' || answer?.status !== 201 || answer.replayed) continue;
      real.known.push({ id: answer.body.reservation_id ?? '', by: what.by });
    }
  }

  toString(): string {
    return this.sendings.map(({ ask: wanted }) => JSON.stringify(wanted)).join(' | ');
  }
}

type What = Happened['what'] | { readonly kind: 'job' };

/** Does it. The job is no part of what happened: no partner may notice it. */
async function happen(real: Real, what: What, instance: number): Promise<Happened[]> {
  const app = real.apps[instance % real.apps.length];
  if (!app) throw new Error('there is no instance');
  const startedAt = performance.now();
  if (what.kind === 'job') {
    await app.app.get(ExpiryJob).run();
    return [];
  }
  if (what.kind === 'lapse') {
    await makeLapse(real.database, what.reservationId);
    return [{ what, startedAt, endedAt: performance.now() }];
  }
  const answer = await ask(app.api, what);
  return [{ what, answer, startedAt, endedAt: performance.now() }];
}

function resolve(wanted: Ask, real: Real): What {
  switch (wanted.kind) {
    case 'job':
      return { kind: 'job' };
    case 'lapse':
      return { kind: 'lapse', reservationId: nthOf(real.known, wanted.nth)?.id ?? UNKNOWN };
    case 'repeat':
      return nthOf(real.sent, wanted.nth) ?? { kind: 'job' };
    case 'look':
      return { kind: 'look', by: partner(real, wanted.by), productId: product(real, wanted.product) };
    case 'reserve':
      return remember(real, {
        kind: 'reserve',
        by: partner(real, wanted.by),
        productId: product(real, wanted.product),
        quantity: wanted.quantity,
        expiresAt: hoursFrom(real, wanted.hours),
        key: keyOf(real, wanted.key),
      });
    case 'read':
      return { kind: 'read', ...reservation(real, wanted) };
    case 'activate':
      return remember(real, { ...step(real, wanted), kind: 'activate', quantity: wanted.quantity });
    case 'extend':
      return remember(real, { ...step(real, wanted), kind: 'extend', expiresAt: hoursFrom(real, wanted.hours) });
    case 'cancel':
      return remember(real, { ...step(real, wanted), kind: 'cancel' });
  }
}

type OfReservation = Pick<Extract<Ask, { kind: 'read' }>, 'nth' | 'stranger'>;

function reservation(real: Real, { nth, stranger }: OfReservation): { by: Partner; reservationId: string } {
  const known = nthOf(real.known, nth);
  const by = stranger === undefined ? known?.by : partner(real, stranger);
  return { by: by ?? partner(real, 0), reservationId: known?.id ?? UNKNOWN };
}

const step = (real: Real, wanted: OfReservation & { readonly key: string | undefined }) => ({
  ...reservation(real, wanted),
  key: keyOf(real, wanted.key),
});

const UNKNOWN = 'res_unknown';
const nthOf = <T>(all: readonly T[], nth: number): T | undefined => all[nth % Math.max(1, all.length)];
const hoursFrom = (real: Real, hours: number): string => new Date(real.from + hours * 3_600_000).toISOString();
const keyOf = (real: Real, key: string | undefined): string | undefined => key && `${real.keyPrefix}-${key}`;

function partner(real: Real, nth: number): Partner {
  const found = nthOf(real.partners, nth);
  if (!found) throw new Error('there is no partner');
  return found;
}

const product = (real: Real, nth: number): number => nthOf(real.products, nth) ?? 0;

function remember(real: Real, request: Request): Request {
  real.sent.push(request);
  return request;
}

const count = (of: Map<string, number>, name: string): unknown => of.set(name, (of.get(name) ?? 0) + 1);
const outcomeOf = ({ status, body, replayed }: Answer): string =>
  body.code ?? `${status}${replayed ? ' replayed' : ''}`;
const tell = ({ what, answer }: Happened): string =>
  what.kind === 'lapse' ? `${what.reservationId} lapses` : `${describeRequest(what)} -> ${describeAnswer(answer)}`;

const unexplained = (model: Model, bunch: readonly Happened[], real: Real): string =>
  [
    bunch.length === 1 ? 'not what the model answers:' : 'no order of these explains all answers:',
    complaint(model, bunch),
    'all that was sent in this case, with "|" between requests sent at once:',
    ...real.story.map((line) => `  ${line}`),
  ].join('\n');
