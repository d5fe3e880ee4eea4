import fc from 'fast-check';

import type { Allocation } from '../../src/domain/allocation.js';
import type { Command, PartnerTerms } from '../../src/domain/command.js';
import { keptAnswerId } from '../../src/domain/decision.js';
import type { Instant } from '../../src/domain/instant.js';
import type { Hold } from '../../src/domain/reservation.js';
import { expire, NOW, partner, reserve } from './builders.js';
import { Model, type Start } from './model.js';

/** A batch of commands, and when it is decided. */
export interface Step {
  readonly now: Instant;
  readonly commands: readonly Command[];
}

export interface History {
  readonly start: Start;
  readonly steps: readonly Step[];
}

/** Each partner has one channel; the last has one that the product isn't allocated to. */
const PARTNERS: readonly PartnerTerms[] = [
  partner({ id: 'a', channelId: 'ota', quantityMax: 8, holdMaxSeconds: 4 }),
  partner({ id: 'b', channelId: 'ota', quantityMax: 30, holdMaxSeconds: 2 }),
  partner({ id: 'c', channelId: 'direct', quantityMax: 12, holdMaxSeconds: 3 }),
  partner({ id: 'd', channelId: 'cruise', quantityMax: 8, holdMaxSeconds: 4 }),
];
export const CHANNELS = ['direct', 'ota'] as const;
const KEYS = ['k1', 'k2', 'k 3'];
const FINGERPRINTS = ['f1', 'f2'];

const idempotencyKey = fc.record({ key: fc.constantFrom(...KEYS), fingerprint: fc.constantFrom(...FINGERPRINTS) });

/** Units, and milliseconds from `now`, on both sides of every limit. */
const quantity = fc.oneof(fc.integer({ min: -5, max: 12 }), fc.constantFrom(0, 1, 8, 9, 30, 31, 101, 5_000));
const expiresInMs = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(-1, 0, 1, 2_000, 2_001, 4_000, 4_001),
  fc.integer({ min: -1_500, max: 5_000 }),
);

type Wish = (now: Instant, reservationId: string) => Command;

const wishToReserve: fc.Arbitrary<Wish> = fc
  .record({
    by: fc.constantFrom(...PARTNERS),
    quantity,
    expiresInMs,
    holdSeconds: fc.integer({ min: 1, max: 3 }),
    idempotency: fc.option(idempotencyKey, { nil: undefined }),
  })
  .map(({ by, expiresInMs: inMs, ...rest }) => (now, reservationId) => {
    return reserve({ ...rest, reservationId, partner: by, expiresAt: inMs === undefined ? undefined : now + inMs });
  });

const wishToExpire: fc.Arbitrary<Wish> = fc
  .tuple(fc.constantFrom(...CHANNELS, 'cruise'), fc.integer({ min: 0, max: 3 }))
  .map((wanted): Wish => {
    return () => expire(...wanted);
  });

const wishes = fc.array(fc.oneof({ weight: 6, arbitrary: wishToReserve }, { weight: 1, arbitrary: wishToExpire }), {
  minLength: 1,
  maxLength: 8,
});

interface Share {
  readonly channelId: string;
  readonly holds: readonly Hold[];
  readonly allocation: Allocation;
}

/** A channel's holds around now, overdue ones included, and its sold and free units. */
const share = (channelId: string): fc.Arbitrary<Share> =>
  fc
    .record({
      held: fc.array(fc.record({ quantity: fc.integer({ min: 1, max: 6 }), inMs: fc.integer({ min: -4, max: 4 }) }), {
        maxLength: 6,
      }),
      sold: fc.integer({ min: 0, max: 9 }),
      free: fc.integer({ min: 0, max: 25 }),
    })
    .map(({ held, sold, free }) => {
      const holds = held.map(({ quantity: units, inMs }, n): Hold => {
        // Steps of half a second, so that several end at once.
        return {
          id: `held_${channelId}_${n}`,
          channelId,
          partnerId: 'earlier',
          quantity: units,
          expiresAt: NOW + inMs * 500,
        };
      });
      const reserved = holds.reduce((sum, one) => sum + one.quantity, 0);
      return { channelId, holds, allocation: { allocated: reserved + sold + free, reserved, sold } };
    });

const start: fc.Arbitrary<Start> = fc
  .record({
    sellable: fc.constantFrom(true, true, true, true, true, true, true, false),
    shares: fc.tuple(...CHANNELS.map(share)),
    kept: fc.option(idempotencyKey, { nil: undefined }),
  })
  .map(({ sellable, shares, kept }) => ({
    sellable,
    allocations: new Map(shares.map(({ channelId, allocation }) => [channelId, allocation])),
    holds: shares.flatMap(({ holds }) => holds),
    kept: new Map(
      kept && [[keptAnswerId('a', kept.key), { fingerprint: kept.fingerprint, status: 201, body: 'res_long_ago' }]],
    ),
  }));

/** A sound start, and batches while time moves on. */
export const histories: fc.Arbitrary<History> = fc
  .record({
    start,
    steps: fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 2_500 }), wishes }), {
      minLength: 1,
      maxLength: 6,
    }),
  })
  .map(({ start: begin, steps }) => {
    let now = NOW;
    let count = 0;
    return {
      start: begin,
      steps: steps.map((step) => {
        now += step.afterMs;
        return { now, commands: step.wishes.map((wish) => wish(now, `res_${++count + 1_000}`)) };
      }),
    };
  });

/** The history up to its last batch, which is still to come. */
export function beforeLast({ start: begin, steps }: History): Step & { readonly model: Model } {
  const model = new Model(begin);
  const last = steps.at(-1) ?? { now: NOW, commands: [] };
  for (const { now, commands } of steps.slice(0, -1)) model.run(commands, now);
  return { model, ...last };
}
