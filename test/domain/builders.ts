import type { Allocation } from '../../src/domain/allocation.js';
import type {
  ActivateCommand,
  CancelCommand,
  Command,
  ExpireCommand,
  ExtendCommand,
  PartnerTerms,
  ReserveCommand,
} from '../../src/domain/command.js';
import { decide } from '../../src/domain/decide.js';
import type { Decision, KeptAnswer, OverdueHolds, ProductState, Situation } from '../../src/domain/decision.js';
import { NO_LIMITS } from '../../src/domain/hold-limits.js';
import type { Instant } from '../../src/domain/instant.js';
import type { PricingSnapshot } from '../../src/domain/pricing.js';
import type { Hold, Order, Reservation } from '../../src/domain/reservation.js';

export const PRODUCT_ID = 106;
export const NOW = Date.parse('2026-03-01T12:00:00.000Z');

export const PRICING: PricingSnapshot = {
  currency: 'CNY',
  timeZone: 'Asia/Shanghai',
  cutoffHours: 24,
  weekdayMinor: 28_800,
  weekendMinor: 31_800,
  discountsMinor: { child: 10_000, elderly: 5_000 },
  specialDatesMilli: { '2026-12-31': 1_500 },
};

export const partner = (terms: Partial<PartnerTerms> = {}): PartnerTerms => ({
  id: 'partner-a',
  channelId: 'ota',
  quantityMax: 100,
  holdMaxSeconds: 600,
  limits: NO_LIMITS,
  ...terms,
});

export const reserve = (command: Partial<ReserveCommand> = {}): ReserveCommand => ({
  kind: 'reserve',
  reservationId: 'res_1',
  partner: partner(),
  quantity: 1,
  expiresAt: undefined,
  holdSeconds: 60,
  idempotency: undefined,
  ...command,
});

const step = { reservationId: 'res_1', partner: partner(), fingerprint: 'asked', idempotency: undefined };

export const activate = (command: Partial<ActivateCommand> = {}): ActivateCommand => ({
  ...step,
  kind: 'activate',
  orderId: 1,
  quantity: undefined,
  visitDate: undefined,
  guests: undefined,
  externalReference: undefined,
  ...command,
});

export const extend = (command: Partial<ExtendCommand> = {}): ExtendCommand => ({
  ...step,
  kind: 'extend',
  expiresAt: NOW + 90_000,
  ...command,
});

export const cancel = (command: Partial<CancelCommand> = {}): CancelCommand => ({
  ...step,
  kind: 'cancel',
  reason: undefined,
  ...command,
});

export const expire = (channelId = 'ota', holdsMax = 500): ExpireCommand => ({ kind: 'expire', channelId, holdsMax });

const product = (
  allocations: Readonly<Record<string, Allocation>>,
  rest: Partial<ProductState> = {},
): ProductState => ({
  productId: PRODUCT_ID,
  sellable: true,
  sellableCap: Object.values(allocations).reduce((sum, { allocated }) => sum + allocated, 0),
  allocations: new Map(Object.entries(allocations)),
  movementSeq: 7,
  pricing: PRICING,
  ...rest,
});

export const hold = (id: string, quantity: number, expiresAt: number): Hold => ({
  id,
  channelId: 'ota',
  partnerId: 'partner-b',
  quantity,
  expiresAt,
});

/** A hold of five units that `partner()` made a minute ago and that lasts for another. */
export const held = (reservation: Partial<Reservation> = {}): Reservation => ({
  id: 'res_1',
  productId: PRODUCT_ID,
  channelId: 'ota',
  partnerId: 'partner-a',
  quantity: 5,
  quantityHeld: 5,
  status: 'active',
  expiresAt: NOW + 60_000,
  createdAt: NOW - 60_000,
  activatedAt: undefined,
  cancelledAt: undefined,
  cancelReason: undefined,
  releasedAt: undefined,
  extensions: 0,
  pricing: PRICING,
  order: undefined,
  asked: {},
  ...reservation,
});

/** The same, sold half a minute ago as `activate()` asks for it. */
export function sold(order: Partial<Order> = {}, reservation: Partial<Reservation> = {}): Reservation {
  const { quantity, pricing } = held(reservation);
  const line = { customerType: 'adult', quantity, unitMinor: pricing.weekdayMinor };
  const amountMinor = quantity * line.unitMinor;
  return held({
    status: 'activated',
    activatedAt: NOW - 30_000,
    asked: { activate: 'asked' },
    order: {
      id: 1,
      status: 'confirmed',
      quantity,
      visitDate: undefined,
      externalReference: undefined,
      createdAt: NOW - 30_000,
      cancelledAt: undefined,
      currency: pricing.currency,
      lines: [{ ...line, amountMinor }],
      totalMinor: amountMinor,
      ...order,
    },
    ...reservation,
  });
}

/** A channel's overdue holds, all of them read. */
export const overdueHolds = (...oldest: Hold[]): OverdueHolds => ({
  oldest,
  units: oldest.reduce((sum, { quantity }) => sum + quantity, 0),
});

/** A product with `free` units on `ota`, 50 on `direct`, and what else was read. */
export function situation(
  free: number,
  { overdue, kept = {} }: { overdue?: OverdueHolds; kept?: Readonly<Record<string, KeptAnswer>> } = {},
): Situation {
  const reserved = overdue?.units ?? 0;
  return {
    product: product({
      ota: { allocated: free + reserved, reserved, sold: 0 },
      direct: { allocated: 50, reserved: 0, sold: 0 },
    }),
    kept: new Map(Object.entries(kept)),
    reservations: new Map(),
    overdue: new Map(overdue && [['ota', overdue]]),
    outstanding: new Map(),
  };
}

/** A product with ten free units on `ota`, and these reservations of it. */
export function situationOf(...reservations: readonly Reservation[]): Situation {
  const unitsIn = (status: Reservation['status']): number =>
    reservations.filter((one) => one.status === status).reduce((sum, { quantity }) => sum + quantity, 0);
  const [reserved, unitsSold] = [unitsIn('active'), unitsIn('activated')];
  return {
    ...situation(0),
    product: product({ ota: { allocated: 10 + reserved + unitsSold, reserved, sold: unitsSold } }),
    reservations: new Map(reservations.map((one) => [one.id, one])),
  };
}

/** Decides where everything that is needed was read. */
export function decided(at: Situation, commands: readonly Command[], now: Instant = NOW): Decision {
  const decision = decide(at, commands, now);
  if (decision.kind !== 'decided') throw new Error('overdue holds are wanted');
  return decision;
}
