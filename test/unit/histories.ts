import type { History, Line, Operation } from '../model/history.js';
import type { Answer, Partner, Request, Step } from '../model/request.js';

/** Histories by hand: a second is long, so that no clock's reading matters. */
export const at = (seconds: number): number => 1_800_000_000_000 + seconds * 1_000;
const iso = (seconds: number): string => new Date(at(seconds)).toISOString();

export const PRODUCT = 7;
export const ANN: Partner = { id: 'ann', key: '', channelId: 'ota', quantityMax: 100 };
export const BOB: Partner = { id: 'bob', key: '', channelId: 'ota', quantityMax: 100 };

export type Body = Answer['body'];

/** A request that took from the first second to the second one. */
export const asked = (
  [from, to]: readonly [number, number],
  request: Request,
  status: number,
  body: Body = {},
  replayed = false,
): Operation => ({
  request,
  startedAt: at(from),
  endedAt: at(to),
  answer: { status, body, text: JSON.stringify(body), replayed },
});

export const reserve = (by: Partner, quantity: number, key?: string, untilSecond = 500): Request => ({
  kind: 'reserve',
  ...{ by, productId: PRODUCT, quantity, expiresAt: iso(untilSecond), key },
});
export const held = (reservation_id: string, quantity: number, untilSecond = 500): Body => ({
  ...{ reservation_id, quantity, status: 'active', expires_at: iso(untilSecond) },
});
export const step = (kind: Step['kind'], by: Partner, reservationId: string, quantity?: number): Request => ({
  ...{ kind, by, reservationId, quantity },
});
export const extend = (by: Partner, reservationId: string, untilSecond: number): Request => ({
  ...{ kind: 'extend', by, reservationId, expiresAt: iso(untilSecond) },
});
export const look = (by = ANN): Request => ({ kind: 'look', by, productId: PRODUCT });
export const units = (free: number): Body => ({ available_quantities: { [PRODUCT]: free } });
export const soldOut = (requested: number, available: number): Body => ({
  ...{ code: 'insufficient_inventory', requested, available },
});

type Balances = readonly [allocated: number, reserved: number, sold: number];

export const line = (
  seq: number,
  second: number,
  [kind, count]: readonly [string, number],
  reservationId: string | null,
  [allocated, reserved, sold]: Balances,
  by = ANN,
): Line => ({
  ...{ productId: PRODUCT, seq, channelId: 'ota', kind, units: count, reservationId, partnerId: by.id },
  ...{ allocated, reserved, sold, batchId: `at ${second}`, occurredAt: at(second) },
});

/** Ann holds two of three units and sells one, Bob holds the last and lets it go, and Ann takes her sale back. */
export const GOOD = {
  opened: line(1, 0, ['opened', 3], null, [3, 0, 0]),
  annHolds: line(2, 11, ['reserved', 2], 'r1', [3, 2, 0]),
  bobHolds: line(3, 31, ['reserved', 1], 'r2', [3, 3, 0], BOB),
  annSells: line(4, 91, ['activated', 1], 'r1', [3, 2, 1]),
  annReturns: line(5, 91, ['returned', 1], 'r1', [3, 1, 1]),
  bobLosesIt: line(6, 130, ['expired', 1], 'r2', [3, 0, 1], BOB),
  annCancels: line(7, 181, ['cancelled', 1], 'r1', [3, 0, 0]),
} as const satisfies Record<string, Line>;

const sold: Body = { reservation_id: 'r1', quantity: 1, quantity_held: 2, status: 'activated', expires_at: iso(500) };
const cancelled: Body = { ...sold, status: 'cancelled' };

export const TOLD = {
  annHolds: asked([10, 20], reserve(ANN, 2, 'k1'), 201, held('r1', 2)),
  bobHolds: asked([30, 40], reserve(BOB, 1, undefined, 120), 201, held('r2', 1, 120)),
  noneLeft: asked([50, 60], look(), 200, units(0)),
  annIsRefused: asked([70, 80], reserve(ANN, 1), 409, soldOut(1, 0)),
  annSells: asked([90, 100], step('activate', ANN, 'r1', 1), 200, sold),
  oneLeft: asked([110, 115], look(), 200, units(1)),
  twoLeft: asked([125, 128], look(), 200, units(2)),
  annRepeats: asked([140, 150], reserve(ANN, 2, 'k1'), 201, held('r1', 2), true),
  bobIsLate: asked([160, 170], step('cancel', BOB, 'r2'), 409, {
    ...{ code: 'status_conflict', reservation_status: 'expired' },
  }),
  annCancels: asked([180, 190], step('cancel', ANN, 'r1'), 200, cancelled),
  annReads: asked([200, 210], { kind: 'read', by: ANN, reservationId: 'r1' }, 200, { ...cancelled, extensions: 0 }),
  bobIsAStranger: asked([200, 210], { kind: 'read', by: BOB, reservationId: 'r1' }, 404),
  allLeft: asked([220, 230], look(), 200, units(3)),
} as const satisfies Record<string, Operation>;

export const GOOD_HISTORY: History = { operations: Object.values(TOLD), ledger: Object.values(GOOD) };

/** The history with some operations or lines in the place of others, and more. */
export function butWith(
  changed: Partial<Record<keyof typeof TOLD, Operation | null>>,
  lines: Partial<Record<keyof typeof GOOD, Line | null>> = {},
  more: Partial<History> = {},
): History {
  return {
    operations: [...present({ ...TOLD, ...changed }), ...(more.operations ?? [])],
    ledger: [...present({ ...GOOD, ...lines }), ...(more.ledger ?? [])],
  };
}

const present = <T>(all: Readonly<Record<string, T | null>>): T[] =>
  Object.values(all).flatMap((one) => (one === null ? [] : [one]));
