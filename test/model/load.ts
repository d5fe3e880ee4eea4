import { setTimeout as sleep } from 'node:timers/promises';

import type { Api } from '../support/api.js';
import { range } from '../support/stock.js';
import { type Chance, chanceOf } from './chance.js';
import type { Operation } from './history.js';
import { ask, type Partner, type Request } from './request.js';

export interface Load {
  /** Begins all idempotency keys: no other load of the database may have it. */
  readonly name: string;
  /** One for each instance. */
  readonly apis: readonly Api[];
  readonly partners: readonly Partner[];
  readonly productIds: readonly number[];
  readonly clients: number;
  /** It may take a few times as long to get to the least number of operations. */
  readonly forMs: number;
  readonly operations: { readonly min: number; readonly max: number };
  readonly seed: number;
}

/** What all clients know. */
interface Shared {
  readonly load: Load;
  readonly begunAt: number;
  readonly operations: Operation[];
  /** Of each partner, oldest first: its clients do as they like with them. */
  readonly reservations: Map<Partner, string[]>;
}

/** Recent reservations are asked for most: that is where conflicts are. */
const RECENT = 6;
const TRIES_MAX = 40;
const PAUSE_MS = 100;
const LONGER_MAX = 8;

/** Has clients ask as fast as they are answered, and records what they see. */
export async function runLoad(load: Load): Promise<Operation[]> {
  const shared: Shared = {
    load,
    begunAt: performance.now(),
    operations: [],
    reservations: new Map(load.partners.map((partner) => [partner, []])),
  };
  await Promise.all(range(0, load.clients).map((n) => runClient(shared, n)));
  return shared.operations;
}

async function runClient(shared: Shared, n: number): Promise<void> {
  const { load } = shared;
  const chance = chanceOf(load.seed + n);
  const by = pick(load.partners, n);
  for (let serial = 0; goesOn(shared); serial++) {
    const request = invent(shared, chance, by, `${load.name}-client-${n}-${serial}`);
    // Some send it twice at once, some once more when they have their answer.
    const times = request.key === undefined ? 1 : pick([1, 1, 2], chance(3));
    await Promise.all(range(0, times).map((other) => untilAnswered(shared, request, n + serial + other)));
    if (times === 1 && request.key !== undefined && chance(5) === 0)
      await untilAnswered(shared, request, n + serial + 1);
  }
}

function goesOn({ load, begunAt, operations: { length } }: Shared): boolean {
  const ms = performance.now() - begunAt;
  const { min, max } = load.operations;
  return length < max && (ms < load.forMs || (length < min && ms < load.forMs * LONGER_MAX));
}

function invent(shared: Shared, chance: Chance, by: Partner, name: string): Request {
  const productId = pick(shared.load.productIds, chance(shared.load.productIds.length));
  // Without a key nobody knows what became of a request that broke off.
  const key = name;
  switch (pick(DEEDS, chance(DEEDS.length))) {
    case 'reserve':
      return { kind: 'reserve', by, productId, quantity: 1 + chance(4), expiresAt: inMs(holdMs(chance)), key };
    case 'look':
      return { kind: 'look', by, productId };
    case 'read':
      return { kind: 'read', by: reader(shared, chance, by), reservationId: someOf(shared, chance, by) };
    case 'activate':
      return {
        kind: 'activate',
        by,
        reservationId: someOf(shared, chance, by),
        quantity: chance(2) || undefined,
        key: perhaps(chance, key),
      };
    case 'extend':
      return {
        kind: 'extend',
        by,
        reservationId: someOf(shared, chance, by),
        expiresAt: inMs(1_000 + chance(3_000)),
        key,
      };
    case 'cancel':
      return {
        kind: 'cancel',
        by: reader(shared, chance, by),
        reservationId: someOf(shared, chance, by),
        key: perhaps(chance, key),
      };
  }
}

const DEEDS = [
  ...(['reserve', 'reserve', 'reserve', 'reserve', 'look', 'look', 'read'] as const),
  ...(['activate', 'extend', 'cancel', 'cancel'] as const),
];

/** Half of the holds end while the load lasts. */
const holdMs = (chance: Chance): number => (chance(2) === 0 ? 60_000 : 300 + chance(1_500));
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const perhaps = (chance: Chance, key: string): string | undefined => (chance(2) === 0 ? key : undefined);

/** Seldom somebody else. */
const reader = ({ load }: Shared, chance: Chance, by: Partner): Partner =>
  chance(10) === 0 ? pick(load.partners, chance(load.partners.length)) : by;

function someOf({ reservations }: Shared, chance: Chance, by: Partner): string {
  const recent = reservations.get(by)?.slice(-RECENT) ?? [];
  return recent[chance(recent.length)] ?? 'res_unknown';
}

/** Repeats a request that broke off, on the next instance, as docs/api.md tells partners to. */
async function untilAnswered(shared: Shared, request: Request, n: number): Promise<void> {
  const { load, operations, reservations } = shared;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const startedAt = now();
    const answer = await ask(pick(load.apis, n + tries), request).catch(() => undefined);
    operations.push({ request, startedAt, endedAt: now(), answer: answer?.status === 504 ? undefined : answer });
    if (answer && answer.status !== 503 && answer.status !== 504) {
      if (answer.status === 201 && !answer.replayed) {
        reservations.get(request.by)?.push(answer.body.reservation_id ?? '');
      }
      return;
    }
    await sleep(PAUSE_MS);
  }
  throw new Error(`not answered in ${TRIES_MAX} tries: ${request.kind}`);
}

/** The wall's clock, as finely as there is. */
const now = (): number => performance.timeOrigin + performance.now();

function pick<T>(all: readonly T[], n: number): T {
  const found = all[n % all.length];
  if (found === undefined) throw new Error('there is nothing to pick from');
  return found;
}
