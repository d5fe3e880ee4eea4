import type { Allocation } from './allocation.js';

/**
 * `activated` units were sold, `returned` ones were held and not sold; `cancelled` gives back held or sold ones (the
 * balances tell which); `extended` moves none: it is on record that the hold lasts longer.
 */
export type MovementKind = 'opened' | 'reserved' | 'expired' | 'activated' | 'returned' | 'extended' | 'cancelled';

/** A line of the ledger, with the channel's balances after it. */
interface LedgerLine extends Allocation {
  /** Counts up by one within a product. */
  readonly seq: number;
  readonly channelId: string;
  readonly units: number;
}

/** What happened to units of a reservation. */
export interface Movement extends LedgerLine {
  readonly kind: MovementKind;
  readonly reservationId: string;
  readonly partnerId: string;
}

/** No units moved: the counters were off by so many, or the ledger was, and they are what the reservations say again. */
export interface RepairMovement extends LedgerLine {
  readonly kind: 'repaired';
}
