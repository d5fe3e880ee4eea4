import type { Allocation } from './allocation.js';

/**
 * `activated` units were sold, `returned` ones were held and not sold; `cancelled` gives back held or sold ones (the
 * balances tell which); `extended` moves none: it is on record that the hold lasts longer.
 */
export type MovementKind = 'opened' | 'reserved' | 'expired' | 'activated' | 'returned' | 'extended' | 'cancelled';

/** Who had something done, and why: for the ledger. */
export interface Attribution {
  /** `key:12`, `cli:anna`, `release:7`. */
  readonly actor: string;
  readonly reason?: string | undefined;
}

/** A line of the ledger, with the channel's balances after it. */
interface LedgerLine extends Allocation {
  /** Counts up by one within a product. */
  readonly seq: number;
  readonly channelId: string;
  readonly units: number;
  /** Nobody, when a job did it. */
  readonly by?: Attribution | undefined;
}

/** What happened to units of a reservation. */
export interface Movement extends LedgerLine {
  readonly kind: MovementKind;
  readonly reservationId: string;
  readonly partnerId: string;
}

/** Units that the operator gave to a channel, or took from it. */
export interface AllotMovement extends LedgerLine {
  readonly kind: 'allocated' | 'deallocated';
}

/** What a channel of a new product begins with. */
export interface OpeningMovement extends LedgerLine {
  readonly kind: 'opened';
}

/** No units moved: the counters were off by so many, or the ledger was, and they are what the reservations say again. */
export interface RepairMovement extends LedgerLine {
  readonly kind: 'repaired';
}
