import type { Instant } from './instant.js';
import type { PricingSnapshot } from './pricing.js';

export type ReservationStatus = 'active' | 'expired' | 'activated' | 'cancelled';

/** Where a reservation may go from each state. Its units are released by the transaction that takes it out of `active`. */
export const NEXT_STATUSES = {
  active: ['activated', 'expired', 'cancelled'],
  activated: ['cancelled'],
  expired: [],
  cancelled: [],
} as const satisfies Record<ReservationStatus, readonly ReservationStatus[]>;

/** A hold on a product's units, of one partner, on that partner's channel. */
export interface Reservation {
  readonly id: string;
  readonly productId: number;
  readonly channelId: string;
  readonly partnerId: string;
  readonly quantity: number;
  readonly status: ReservationStatus;
  readonly expiresAt: Instant;
  readonly createdAt: Instant;
  readonly pricing: PricingSnapshot;
}

/** As much of an active reservation as its release needs. */
export type Hold = Pick<Reservation, 'id' | 'channelId' | 'partnerId' | 'quantity' | 'expiresAt'>;

/** A hold ends at its expiry, not after it. */
export const isOverdue = (hold: Pick<Reservation, 'expiresAt'>, now: Instant): boolean => hold.expiresAt <= now;
