import type { Allocation } from './allocation.js';

/**
 * `activated` units were sold, `returned` ones were held and not sold; `cancelled` gives back held or sold ones (the
 * balances tell which); `extended` moves none: it is on record that the hold lasts longer.
 */
export type MovementKind = 'opened' | 'reserved' | 'expired' | 'activated' | 'returned' | 'extended' | 'cancelled';

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
