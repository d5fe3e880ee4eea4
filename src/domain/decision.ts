import type { Allocations } from './allocation.js';
import type { Allotment, ChannelChange } from './allotment.js';
import type { IdempotencyKey } from './command.js';
import type { Refusal } from './errors.js';
import type { OutstandingUnits } from './outstanding.js';
import type { AllotMovement, Movement } from './movement.js';
import type { PricingSnapshot } from './pricing.js';
import type { Hold, Reservation } from './reservation.js';

/** An answer given earlier under an idempotency key, to the letter. */
export interface KeptAnswer {
  readonly fingerprint: string;
  readonly status: number;
  readonly body: string;
}

/** A channel's overdue holds: the oldest of them, and the units of them all. */
export interface OverdueHolds {
  readonly oldest: readonly Hold[];
  readonly units: number;
}

/** A product as read with its inventory row locked. */
export interface ProductState {
  readonly productId: number;
  readonly sellable: boolean;
  readonly sellableCap: number;
  readonly allocations: Allocations;
  /** Number of the newest movement. */
  readonly movementSeq: number;
  readonly pricing: PricingSnapshot;
}

/** All that {@link decide} looks at. */
export interface Situation {
  /** `undefined`: there is no such product. */
  readonly product: ProductState | undefined;
  /** By {@link keptAnswerId}; those among the commands' keys that exist. */
  readonly kept: ReadonlyMap<string, KeptAnswer>;
  /** By id; those among the reservations that the commands name that exist. */
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** By channel; absent while it hasn't been read. */
  readonly overdue: ReadonlyMap<string, OverdueHolds>;
  /** By partner; of those whose limits need it, and who reserve. As of the time that is decided by. */
  readonly outstanding: ReadonlyMap<string, OutstandingUnits>;
}

/** Neither part can have a line break. */
export const keptAnswerId = (partnerId: string, key: string): string => `${partnerId}\n${key}`;

/** A reservation as a step left it. */
export interface Done {
  readonly kind: 'reserved' | 'activated' | 'extended' | 'cancelled';
  readonly reservation: Reservation;
  /** The step had taken place before: earlier in this batch under the same key, or by the reservation's state. */
  readonly again: boolean;
}

/** An allotment as a change left it, or would. */
export interface Allotted {
  readonly kind: 'allotted';
  readonly before: Allotment;
  readonly after: Allotment;
  /** Channels that get or give units, givers first. */
  readonly changes: readonly ChannelChange[];
  /** Nothing was changed. */
  readonly dryRun: boolean;
  readonly again: boolean;
}

/** A no, which changes nothing. */
export interface Refused {
  readonly kind: 'refused';
  readonly refusal: Refusal;
}

/** What became of one command. */
export type Outcome =
  | Done
  | Allotted
  | { readonly kind: 'replayed'; readonly answer: KeptAnswer }
  | { readonly kind: 'expired'; readonly holds: readonly Hold[] }
  | Refused;

/** An idempotency key to keep, with what answers it. */
export interface NewKey extends IdempotencyKey {
  readonly partnerId: string;
  readonly done: Done | Allotted;
}

/** What to write, and what to tell each command. */
export interface Decision {
  readonly kind: 'decided';
  /** One per command, in their order. */
  readonly outcomes: readonly Outcome[];
  /** When it is another one than before. */
  readonly sellableCap: number | undefined;
  readonly allocations: Allocations;
  readonly movementSeq: number;
  /** New ones. */
  readonly reservations: readonly Reservation[];
  /** Ones that a step changed, as it left them. */
  readonly changed: readonly Reservation[];
  /** Orders that a step made; one that it cancelled is on its changed reservation. */
  readonly orders: readonly Reservation[];
  /** Holds that leave `active` for `expired`. */
  readonly expired: readonly Hold[];
  readonly movements: readonly (Movement | AllotMovement)[];
  readonly keys: readonly NewKey[];
  /** As the batch leaves them, of the partners that were counted. */
  readonly outstanding: ReadonlyMap<string, OutstandingUnits>;
}

/** The decision hangs on overdue holds that haven't been read: of each channel, at most so many are needed. */
export interface OverdueWanted {
  readonly kind: 'overdue-wanted';
  readonly holdsMax: ReadonlyMap<string, number>;
}
