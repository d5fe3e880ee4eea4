import type { Instant } from './instant.js';

/** The terms that a partner sells on. */
export interface PartnerTerms {
  readonly id: string;
  /** The only channel whose units the partner may hold. */
  readonly channelId: string;
  /** Largest single request, in units. */
  readonly quantityMax: number;
  /** Longest hold that may be asked for. */
  readonly holdMaxSeconds: number;
}

/** A client's own name for a request, so that repeating it does nothing twice. */
export interface IdempotencyKey {
  readonly key: string;
  /** SHA-256 of the operation and the canonical body, in hex. */
  readonly fingerprint: string;
}

/** Hold units of the product for a limited time. */
export interface ReserveCommand {
  readonly kind: 'reserve';
  /** Given when the command is queued and kept over retries. */
  readonly reservationId: string;
  readonly partner: PartnerTerms;
  readonly quantity: number;
  /** When the client named none, `holdSeconds` from now, or the partner's longest hold if that is shorter. */
  readonly expiresAt: Instant | undefined;
  readonly holdSeconds: number;
  readonly idempotency: IdempotencyKey | undefined;
}

/** Release overdue holds of one channel, oldest first. */
export interface ExpireCommand {
  readonly kind: 'expire';
  readonly channelId: string;
  /** Most holds to release. */
  readonly holdsMax: number;
}

/** Something to do to one product. */
export type Command = ReserveCommand | ExpireCommand;
