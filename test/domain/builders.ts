import type { Allocation } from '../../src/domain/allocation.js';
import type { ExpireCommand, PartnerTerms, ReserveCommand } from '../../src/domain/command.js';
import type { KeptAnswer, OverdueHolds, ProductState, Situation } from '../../src/domain/decision.js';
import type { PricingSnapshot } from '../../src/domain/pricing.js';
import type { Hold } from '../../src/domain/reservation.js';

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

export const expire = (channelId = 'ota', holdsMax = 500): ExpireCommand => ({ kind: 'expire', channelId, holdsMax });

export const product = (
  allocations: Readonly<Record<string, Allocation>>,
  rest: Partial<ProductState> = {},
): ProductState => ({
  productId: PRODUCT_ID,
  sellable: true,
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
    overdue: new Map(overdue && [['ota', overdue]]),
  };
}
