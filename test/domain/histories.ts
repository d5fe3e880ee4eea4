import fc from 'fast-check';

import type { Allocation } from '../../src/domain/allocation.js';
import { keptAnswerId } from '../../src/domain/decision.js';
import type { Instant } from '../../src/domain/instant.js';
import type { PricingSnapshot } from '../../src/domain/pricing.js';
import type { Reservation } from '../../src/domain/reservation.js';
import { held, NOW, PRICING, sold } from './builders.js';
import { Model, type Start, unitsOf } from './model.js';
import {
  CHANNELS,
  idempotencyKey,
  PARTNERS,
  type Past,
  type Remembered,
  type Step,
  type Wish,
  wishForStep,
  wishToExpire,
  wishToReserve,
  type WishedCommand,
} from './wishes.js';

/** Commands, and when they are decided together. */
export interface Batch {
  readonly now: Instant;
  readonly commands: readonly WishedCommand[];
}

export interface History {
  readonly start: Start;
  readonly batches: readonly Batch[];
}

const BEGIN = NOW - 2_500;

/** Frozen with the holds of the start. Of a visit on 2026-03-03 the cut-off is at NOW. */
const PRICES: PricingSnapshot = { ...PRICING, cutoffHours: 28 };

/** Most are holds that end about NOW; others have been sold for some day, expired or been cancelled. */
const reservation = (channelId: string): fc.Arbitrary<(id: number) => Reservation> =>
  fc
    .record({
      by: fc.constantFrom(...PARTNERS.filter((one) => one.channelId === channelId)),
      quantity: fc.integer({ min: 1, max: 6 }),
      // Steps of half a second, so that several end at once.
      halves: fc.integer({ min: -5, max: 7 }),
      was: fc.constantFrom('active', 'active', 'active', 'active', 'activated', 'activated', 'expired', 'cancelled'),
      visitDate: fc.constantFrom(undefined, '2026-03-02', '2026-03-03', '2026-03-16'),
    })
    .map(({ by, quantity, halves, was, visitDate }) => (number) => {
      const common = {
        id: `${was}_${channelId}_${number}`,
        channelId,
        partnerId: by.id,
        quantity,
        quantityHeld: quantity,
        createdAt: BEGIN,
        expiresAt: NOW + halves * 500,
        pricing: PRICES,
      };
      const id = CHANNELS.findIndex((one) => one === channelId) * 100 + number;
      switch (was) {
        case 'activated':
          return sold({ id, visitDate }, common);
        case 'cancelled':
          return held({ ...common, status: was, cancelledAt: BEGIN, asked: { cancel: 'asked' } });
        case 'expired':
          return held({ ...common, status: was, expiresAt: BEGIN, releasedAt: BEGIN });
        case 'active':
          return held(common);
      }
    });

interface Share {
  readonly channelId: string;
  readonly rows: readonly Reservation[];
  readonly allocation: Allocation;
}

/** A channel's reservations and free units. */
const share = (channelId: string): fc.Arbitrary<Share> =>
  fc
    .record({
      made: fc.array(reservation(channelId), { minLength: 1, maxLength: 7 }),
      free: fc.oneof(fc.nat({ max: 6 }), fc.nat({ max: 25 })),
    })
    .map(({ made, free }) => {
      const rows = made.map((make, number) => make(number + 1));
      const reserved = unitsOf(rows.filter(({ status }) => status === 'active'));
      const unitsSold = unitsOf(rows.filter(({ status }) => status === 'activated'));
      return { channelId, rows, allocation: { allocated: reserved + unitsSold + free, reserved, sold: unitsSold } };
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
    reservations: shares.flatMap(({ rows }) => rows),
    kept: new Map(
      kept && [[keptAnswerId('a', kept.key), { fingerprint: kept.fingerprint, status: 201, body: 'long ago' }]],
    ),
  }));

const wishes = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: wishToReserve },
    { weight: 9, arbitrary: wishForStep },
    { weight: 1, arbitrary: wishToExpire },
  ),
  { minLength: 1, maxLength: 9 },
);

/** A sound start, and batches while time moves on. */
const histories: fc.Arbitrary<History> = fc
  .record({
    start,
    later: fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 1_400 }), wishes }), { minLength: 1, maxLength: 5 }),
  })
  .map(({ start: begin, later }) => {
    let past: Past = { now: BEGIN, reservations: begin.reservations.map(remembered), steps: [] };
    let serial = 1_000;
    const batches = later.map((batch) => {
      past = { ...past, now: past.now + batch.afterMs };
      const commands = batch.wishes.map((wish: Wish) => {
        const command = wish(past, ++serial);
        past = { ...past, steps: [...past.steps, ...stepsOf(command)] };
        return command;
      });
      // Only now: nobody knows a reservation before it is answered.
      past = { ...past, reservations: [...past.reservations, ...commands.flatMap(made)] };
      return { now: past.now, commands };
    });
    return { start: begin, batches };
  });

const stepsOf = (command: WishedCommand): Step[] =>
  command.kind === 'expire' || command.kind === 'reserve' ? [] : [command];

/** A partner that was refused has no id to speak of: most that can't have come about are left out. */
const made = (command: WishedCommand): Remembered[] =>
  command.kind === 'reserve' && command.quantity > 0 && command.quantity <= 12
    ? [{ id: command.reservationId, partner: command.partner, quantity: command.quantity }]
    : [];

function remembered({ id, partnerId, quantity }: Reservation): Remembered {
  const partner = PARTNERS.find((one) => one.id === partnerId);
  if (!partner) throw new Error(`no partner ${partnerId}`);
  return { id, partner, quantity };
}

/** The history up to its last batch, which is still to come. */
export function beforeLast({ start: begin, batches }: History): Batch & { readonly model: Model } {
  const model = new Model(begin);
  const last = batches.at(-1) ?? { now: NOW, commands: [] };
  for (const { now, commands } of batches.slice(0, -1)) model.run(commands, now);
  return { model, ...last };
}

/** Holds for any sound start and any batches after it; a failure prints its seed and the smallest history. */
export function always(holds: (history: History) => void): void {
  historiesWith(fc.constant(undefined), holds);
}

/** The same, and for anything else that is drawn. */
export function historiesWith<T>(other: fc.Arbitrary<T>, holds: (history: History, drawn: T) => void): void {
  // Every limit has its own constants: a bias to small numbers would only make short histories.
  fc.assert(fc.property(fc.noBias(histories), other, holds), {
    numRuns: fc.readConfigureGlobal().numRuns ?? RUNS,
  });
}

const RUNS = 150;
