import fc from 'fast-check';

import type {
  ActivateCommand,
  CancelCommand,
  ExpireCommand,
  ExtendCommand,
  IdempotencyKey,
  PartnerCommand,
  PartnerTerms,
} from '../../src/domain/command.js';
import type { Instant } from '../../src/domain/instant.js';
import { foldGuests, type GuestCount } from '../../src/domain/quote.js';
import { activate, cancel, expire, extend, NOW, partner, reserve } from './builders.js';

/** Each partner has one channel; the last has one that the product isn't allocated to. */
export const PARTNERS = [
  partner({ id: 'a', channelId: 'ota', quantityMax: 8, holdMaxSeconds: 9 }),
  partner({ id: 'b', channelId: 'ota', quantityMax: 30, holdMaxSeconds: 2 }),
  partner({ id: 'c', channelId: 'direct', quantityMax: 12, holdMaxSeconds: 4 }),
  partner({ id: 'd', channelId: 'cruise', quantityMax: 8, holdMaxSeconds: 4 }),
] as const;
export const CHANNELS = ['direct', 'ota'] as const;

/** What the model knows of; allotments are decided in decide.allot.spec.ts. */
export type WishedCommand = PartnerCommand | ExpireCommand;

export type Step = ActivateCommand | ExtendCommand | CancelCommand;

/** As much of a reservation as its partner remembers, whether or not it came about. */
export interface Remembered {
  readonly id: string;
  readonly partner: PartnerTerms;
  readonly quantity: number;
}

/** What a client may speak of: reservations that were answered, and what was asked before. */
export interface Past {
  readonly now: Instant;
  readonly reservations: readonly Remembered[];
  readonly steps: readonly Step[];
}

/** @param serial of the command, unlike any other of the history */
export type Wish = (past: Past, serial: number) => WishedCommand;

const KEYS = ['k1', 'k2', 'k 3'];
export const idempotencyKey = fc.record({
  key: fc.constantFrom(...KEYS),
  fingerprint: fc.constantFrom('f1', 'f2'),
});

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** Units, and milliseconds from `now`, on both sides of every limit. */
const quantity = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 6 }) },
  fc.integer({ min: -5, max: 12 }),
  fc.constantFrom(0, 1, 8, 9, 30, 31, 101, 5_000),
);
const expiresInMs = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(-1, 0, 1, 2_000, 2_001, 4_000, 4_001, 9_000, 9_001),
  fc.integer({ min: -1_500, max: 5_000 }),
);

export const wishToReserve: fc.Arbitrary<Wish> = fc
  .record({
    by: fc.constantFrom(...PARTNERS, ...PARTNERS.slice(0, 3), ...PARTNERS.slice(0, 3)),
    quantity,
    expiresInMs,
    holdSeconds: fc.integer({ min: 1, max: 3 }),
    idempotency: seldom(idempotencyKey),
  })
  .map(({ by, expiresInMs: inMs, ...rest }) => ({ now }, serial) => {
    const expiresAt = inMs === undefined ? undefined : now + inMs;
    return reserve({ ...rest, reservationId: `res_${serial}`, partner: by, expiresAt });
  });

export const wishToExpire: fc.Arbitrary<Wish> = fc
  .tuple(fc.constantFrom(...CHANNELS, 'cruise'), fc.integer({ min: 0, max: 3 }))
  .map((wanted): Wish => {
    return () => expire(...wanted);
  });

const perhapsAKey = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.nat({ max: 99 }).map((n) => `s${n}`) },
  { weight: 1, arbitrary: fc.constantFrom(...KEYS) },
);

/** Whose step on which reservation, and under which key. */
const about = fc.record({
  nth: fc.nat({ max: 99 }),
  stranger: seldom(fc.constantFrom(...PARTNERS)),
  key: perhapsAKey,
});

interface Terms {
  readonly reservationId: string;
  readonly partner: PartnerTerms;
  readonly fingerprint: string;
  readonly idempotency: IdempotencyKey | undefined;
}

function terms(by: Remembered, stranger: PartnerTerms | undefined, key: string | undefined, body: object): Terms {
  const fingerprint = `${by.id} ${JSON.stringify(body)}`;
  return {
    reservationId: by.id,
    partner: stranger ?? by.partner,
    fingerprint,
    idempotency: key === undefined ? undefined : { key, fingerprint },
  };
}

const UNKNOWN: Remembered = { id: 'res_unknown', partner: PARTNERS[0], quantity: 1 };
const nthOf = <T>(all: readonly T[], nth: number): T | undefined =>
  nth % 25 === 13 ? undefined : all[nth % Math.max(1, all.length)];

/** On both sides of today and of every cut-off, on plain, weekend and special days. */
const visitDate = fc.constantFrom('2026-02-28', '2026-03-01', '2026-03-03', '2026-03-07', '2026-12-31');
const someGuests = fc
  .array(
    fc.record({
      customerType: fc.constantFrom('adult', 'child', 'elderly', 'student', 'constructor'),
      quantity: fc.integer({ min: 0, max: 4 }),
    }),
    { maxLength: 3 },
  )
  .map(foldGuests);

/** Children and adults that add up. */
function family(units: number, children: number): GuestCount[] {
  const child = Math.min(units, children);
  return [
    { customerType: 'child', quantity: child },
    { customerType: 'adult', quantity: units - child },
  ].filter((guest) => guest.quantity > 0);
}

const wishToActivate: fc.Arbitrary<Wish> = fc
  .record({
    about,
    units: fc.oneof(fc.constant(undefined), fc.constantFrom(1, 1, 2, 3, 4), fc.integer({ min: -1, max: 8 })),
    visitDate: maybe(visitDate),
    guests: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 3, arbitrary: fc.nat({ max: 3 }) },
      { weight: 1, arbitrary: someGuests },
    ),
    externalReference: seldom(fc.constant('BK-4711')),
  })
  .map(({ about: { nth, stranger, key }, units, guests: who, ...rest }) => ({ reservations }, serial) => {
    const by = nthOf(reservations, nth) ?? UNKNOWN;
    const guests = typeof who === 'number' ? family(units ?? by.quantity, who) : who;
    const body = { ...rest, quantity: units, guests };
    return activate({ ...terms(by, stranger, key, { activate: body }), ...body, orderId: serial });
  });

const wishToExtend: fc.Arbitrary<Wish> = fc
  .record({
    about,
    // From now, or a round time, so that it may be the one that the hold has or the latest that it may have.
    to: fc.oneof(
      fc.integer({ min: -500, max: 7_000 }).map((ms) => (now: Instant) => now + ms),
      fc.integer({ min: -5, max: 14 }).map((halves) => () => NOW + halves * 500),
    ),
  })
  .map(({ about: { nth, stranger, key }, to }) => ({ now, reservations }) => {
    const expiresAt = to(now);
    return extend({ ...terms(nthOf(reservations, nth) ?? UNKNOWN, stranger, key, { extend: expiresAt }), expiresAt });
  });

const wishToCancel: fc.Arbitrary<Wish> = fc
  .record({ about, reason: maybe(fc.constantFrom('rain', 'snow')) })
  .map(({ about: { nth, stranger, key }, reason }) => ({ reservations }) => {
    return cancel({ ...terms(nthOf(reservations, nth) ?? UNKNOWN, stranger, key, { cancel: { reason } }), reason });
  });

/** The same step once more: as it was, under another key or none, by another partner, with another body. */
const wishToRepeat: fc.Arbitrary<Wish> = fc
  .record({
    nth: fc.nat({ max: 99 }),
    stranger: seldom(fc.constantFrom(...PARTNERS)),
    key: fc.oneof(fc.constant('same'), perhapsAKey),
    otherwise: fc.constantFrom('', '', '', ' otherwise'),
  })
  .map(({ nth, stranger, key: wanted, otherwise }) => ({ steps }, serial) => {
    const step = nthOf(steps, nth) ?? cancel({ reservationId: UNKNOWN.id, partner: UNKNOWN.partner });
    const fingerprint = step.fingerprint + otherwise;
    const key = wanted === 'same' ? step.idempotency?.key : wanted;
    return {
      ...step,
      ...(step.kind === 'activate' && { orderId: serial }),
      partner: stranger ?? step.partner,
      fingerprint,
      idempotency: key === undefined ? undefined : { key, fingerprint },
    };
  });

export const wishForStep = fc.oneof(
  { weight: 5, arbitrary: wishToActivate },
  { weight: 4, arbitrary: wishToExtend },
  { weight: 2, arbitrary: wishToCancel },
  { weight: 3, arbitrary: wishToRepeat },
);
