import type { Instant } from './instant.js';
import type { PricingSnapshot } from './pricing.js';
import type { Quote } from './quote.js';
import type { VisitDate } from './visit-date.js';

export type ReservationStatus = 'active' | 'expired' | 'activated' | 'cancelled';

/** Where a reservation may go from each state. Its units are released by the transaction that takes it out of `active`. */
export const NEXT_STATUSES = {
  active: ['activated', 'expired', 'cancelled'],
  activated: ['cancelled'],
  expired: [],
  cancelled: [],
} as const satisfies Record<ReservationStatus, readonly ReservationStatus[]>;

/** What an activated reservation became. */
export interface Order extends Quote {
  readonly id: number;
  readonly status: 'confirmed' | 'cancelled';
  readonly quantity: number;
  readonly visitDate: VisitDate | undefined;
  readonly externalReference: string | undefined;
  readonly createdAt: Instant;
  readonly cancelledAt: Instant | undefined;
}

/** A hold on a product's units, of one partner, on that partner's channel, and what became of it. */
export interface Reservation {
  readonly id: string;
  readonly productId: number;
  readonly channelId: string;
  readonly partnerId: string;
  /** Units held now, or sold. */
  readonly quantity: number;
  /** Units held at first. */
  readonly quantityHeld: number;
  readonly status: ReservationStatus;
  readonly expiresAt: Instant;
  readonly createdAt: Instant;
  readonly activatedAt: Instant | undefined;
  readonly cancelledAt: Instant | undefined;
  readonly cancelReason: string | undefined;
  /** When units went back to the channel. */
  readonly releasedAt: Instant | undefined;
  /** How often the partner had it last longer. */
  readonly extensions: number;
  readonly pricing: PricingSnapshot;
  readonly order: Order | undefined;
  /** What was asked for by the steps that took place, so that repeating one can be told from asking for something else. */
  readonly asked: { readonly activate?: string | undefined; readonly cancel?: string | undefined };
}

/** As much of an active reservation as its release needs. */
export type Hold = Pick<Reservation, 'id' | 'channelId' | 'partnerId' | 'quantity' | 'expiresAt'>;

/** A hold ends at its expiry, not after it. */
export const isOverdue = (hold: Pick<Reservation, 'expiresAt'>, now: Instant): boolean => hold.expiresAt <= now;

/** The status that anyone is told: an overdue hold is expired, whether or not its units were taken back yet. */
export const statusAt = (reservation: Pick<Reservation, 'status' | 'expiresAt'>, now: Instant): ReservationStatus =>
  reservation.status === 'active' && isOverdue(reservation, now) ? 'expired' : reservation.status;
