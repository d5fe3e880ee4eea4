import type { Allocation } from './allocation.js';

export type MovementKind = 'opened' | 'reserved' | 'expired';

/** A line of the ledger: what happened to a channel's units, and the channel's balances after it. */
export interface Movement extends Allocation {
  /** Counts up by one within a product. */
  readonly seq: number;
  readonly channelId: string;
  readonly kind: MovementKind;
  readonly units: number;
  readonly reservationId: string;
  readonly partnerId: string;
}
