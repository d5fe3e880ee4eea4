import type { Instant } from './instant.js';
import type { AllotChange } from './allotment.js';
import type { HoldLimits } from './hold-limits.js';
import type { Attribution } from './movement.js';
import type { GuestCount } from './quote.js';
import type { VisitDate } from './visit-date.js';

/** The terms that a partner sells on. */
export interface PartnerTerms {
  readonly id: string;
  /** The only channel whose units the partner may hold. */
  readonly channelId: string;
  /** Largest single request, in units. */
  readonly quantityMax: number;
  /** Longest hold that may be asked for. */
  readonly holdMaxSeconds: number;
  readonly limits: HoldLimits;
}

/** A client's own name for a request, so that repeating it does nothing twice. */
export interface IdempotencyKey {
  readonly key: string;
  /** SHA-256 of the operation and the canonical body, in hex. */
  readonly fingerprint: string;
}

/** What all commands that somebody gave have in common. */
interface Asked {
  /** Absent where nobody needs to know. */
  readonly by?: Attribution | undefined;
}

/** Hold units of the product for a limited time. */
export interface ReserveCommand extends Asked {
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

/** What all steps of an existing reservation have in common. */
interface StepCommand extends Asked {
  readonly reservationId: string;
  readonly partner: PartnerTerms;
  /** SHA-256 of the step and its canonical body, in hex: the same whether or not it comes with a key. */
  readonly fingerprint: string;
  readonly idempotency: IdempotencyKey | undefined;
}

/** Sell held units; those not sold go back at once. */
export interface ActivateCommand extends StepCommand {
  readonly kind: 'activate';
  /** Id of the order that it makes; given when the command is queued and kept over retries. */
  readonly orderId: number;
  /** All that are held, when absent. */
  readonly quantity: number | undefined;
  readonly visitDate: VisitDate | undefined;
  /** All adults, when absent. Each type once. */
  readonly guests: readonly GuestCount[] | undefined;
  readonly externalReference: string | undefined;
}

/** Have a hold last longer. */
export interface ExtendCommand extends StepCommand {
  readonly kind: 'extend';
  readonly expiresAt: Instant;
}

/** Give held units back, or sold ones before the cut-off. */
export interface CancelCommand extends StepCommand {
  readonly kind: 'cancel';
  readonly reason: string | undefined;
}

/** Release overdue holds of one channel, oldest first. */
export interface ExpireCommand {
  readonly kind: 'expire';
  readonly channelId: string;
  /** Most holds to release. */
  readonly holdsMax: number;
}

/** Change how the product's cap is split, or the cap itself. */
export interface AllotCommand extends Asked {
  readonly kind: 'allot';
  readonly change: AllotChange;
  /** Version of the allotment that the change was made for; any, when absent. */
  readonly expected: string | undefined;
  /** Decides all the same, and changes nothing. */
  readonly dryRun: boolean;
  /** Whose idempotency key it is. */
  readonly partner: Pick<PartnerTerms, 'id'>;
  readonly idempotency: IdempotencyKey | undefined;
}

/** What a partner asks for. */
export type PartnerCommand = ReserveCommand | ActivateCommand | ExtendCommand | CancelCommand;

/** Something to do to one product. */
export type Command = PartnerCommand | ExpireCommand | AllotCommand;
