import { type Allocation, unitsFree } from './allocation.js';
import { type Allotment, NO_UNITS } from './allotment.js';
import type { IdempotencyKey } from './command.js';
import {
  type Allotted,
  type Decision,
  type Done,
  keptAnswerId,
  type NewKey,
  type ProductState,
  type Situation,
} from './decision.js';
import type { OutstandingUnits } from './outstanding.js';
import type { Instant } from './instant.js';
import type { AllotMovement, Attribution, Movement, MovementKind } from './movement.js';
import { type Hold, isOverdue, type Reservation } from './reservation.js';

/** The product while a batch is being decided: what was read, and the changes so far. Lives for one `decide`. */
export class Draft {
  readonly keys = new Map<string, NewKey>();
  /** Channels whose overdue holds have to be read before anything can be decided. */
  readonly overdueWanted = new Set<string>();

  /** Who has the command that is being decided done. */
  by: Attribution | undefined;

  private readonly allocations: Map<string, Allocation>;
  private readonly reservations: Reservation[] = [];
  private readonly changed = new Map<string, Reservation>();
  private readonly orders = new Set<string>();
  private readonly expired: Hold[] = [];
  private readonly movements: (Movement | AllotMovement)[] = [];
  private readonly overdue: Map<string, { waiting: Hold[]; units: number }>;
  private readonly outstanding: Map<string, OutstandingUnits>;
  private wantedBy: Draft | undefined;
  private seq: number;
  private sellableCap: number;

  constructor(
    readonly situation: Situation,
    readonly now: Instant,
  ) {
    this.allocations = new Map(situation.product?.allocations);
    this.outstanding = new Map(situation.outstanding);
    this.seq = situation.product?.movementSeq ?? 0;
    this.sellableCap = situation.product?.sellableCap ?? 0;
    this.overdue = new Map(
      [...situation.overdue].map(([channel, { oldest, units }]) => [
        channel,
        { waiting: oldest.filter((hold) => isOverdue(hold, now)), units },
      ]),
    );
  }

  get exists(): boolean {
    return this.situation.product !== undefined;
  }

  /** @throws Error when there is no such product: ask {@link exists} first */
  get product(): ProductState {
    if (!this.situation.product) throw new Error('this product does not exist');
    return this.situation.product;
  }

  get allotment(): Allotment {
    const { productId } = this.product;
    return { productId, sellableCap: this.sellableCap, allocations: new Map(this.allocations) };
  }

  /** As it is now, to try something on. What is wanted for that is wanted here. */
  copy(): Draft {
    const copy = new Draft(this.situation, this.now);
    copy.by = this.by;
    copy.sellableCap = this.sellableCap;
    for (const [channelId, share] of this.allocations) copy.allocations.set(channelId, share);
    for (const [channelId, { waiting, units }] of this.overdue) {
      copy.overdue.set(channelId, { waiting: [...waiting], units });
    }
    copy.wantedBy = this;
    return copy;
  }

  /**
   * Units that a channel can give up to others: free ones, and those of the overdue holds that were read. The latter are looked
   * at only when the free ones are too few.
   */
  unitsToGive(channelId: string, wanted = Infinity): number {
    const share = this.allocations.get(channelId);
    if (!share) return 0;
    const free = unitsFree(share);
    if (wanted <= free) return free;
    return (this.overdueOf(channelId)?.waiting ?? []).reduce((units, { quantity }) => units + quantity, free);
  }

  /** Gives units to the channel, or takes them from it (below 0), overdue holds' if need be. The cap follows. */
  allot(channelId: string, by: number): void {
    if (by < 0) this.releaseOverdueUntilFree(channelId, -by);
    const before = this.allocations.get(channelId) ?? NO_UNITS;
    this.sellableCap += by;
    this.record(
      { channelId, kind: by < 0 ? 'deallocated' : 'allocated', units: Math.abs(by) },
      { ...before, allocated: before.allocated + by },
    );
  }

  /** Units that a reserve may have: free ones, and those of overdue holds. The latter are looked at only when needed. */
  unitsAvailable(channelId: string, wanted: number): number {
    const free = unitsFree(this.share(channelId));
    if (wanted <= free) return free;
    return free + (this.overdueOf(channelId)?.units ?? 0);
  }

  /** Releases overdue holds of the channel, oldest first, until so many units are free. */
  releaseOverdueUntilFree(channelId: string, units: number): void {
    while (unitsFree(this.share(channelId)) < units) {
      if (this.releaseOldest(channelId, 1).length === 0) {
        throw new Error(`the overdue holds read of channel ${channelId} have fewer units than their sum`);
      }
    }
  }

  /** Releases at most so many overdue holds of the channel, oldest first; each leaves `active` here and nowhere else. */
  releaseOldest(channelId: string, holdsMax: number): Hold[] {
    const overdue = this.overdueOf(channelId);
    if (!overdue) return [];
    const released = overdue.waiting.splice(0, holdsMax);
    for (const hold of released) {
      overdue.units -= hold.quantity;
      this.move('expired', hold, { reserved: -hold.quantity });
      this.expired.push(hold);
    }
    return released;
  }

  /**
   * The partner's reservation of that id, as the batch has left it so far. Another partner's does not exist; nor does one
   * that this batch makes, whose id nobody knows yet.
   */
  reservationOf(partnerId: string, id: string): Reservation | undefined {
    const reservation = this.changed.get(id) ?? this.situation.reservations.get(id);
    return reservation?.partnerId === partnerId ? reservation : undefined;
  }

  /** The partner's units as the batch has left them so far; `undefined` when they were not counted. */
  outstandingOf(partnerId: string): OutstandingUnits | undefined {
    return this.outstanding.get(partnerId);
  }

  hold(reservation: Reservation): void {
    this.move('reserved', reservation, { reserved: reservation.quantity });
    this.count(reservation.partnerId, { held: reservation.quantity });
    this.reservations.push(reservation);
  }

  /** Sells the units that `sold` has; the rest of what was held goes back. */
  sell(held: Reservation, sold: Reservation): void {
    const rest = held.quantity - sold.quantity;
    this.move('activated', sold, { reserved: -sold.quantity, sold: sold.quantity });
    if (rest > 0) this.move('returned', { ...held, quantity: rest }, { reserved: -rest });
    this.count(held.partnerId, { held: -held.quantity, sold: sold.quantity });
    this.changed.set(sold.id, sold);
    this.orders.add(sold.id);
  }

  extend(reservation: Reservation): void {
    this.move('extended', { ...reservation, quantity: 0 }, {});
    this.changed.set(reservation.id, reservation);
  }

  /** Gives back what the reservation held or had sold. */
  cancel(before: Reservation, after: Reservation): void {
    const wasHeld = before.status === 'active';
    this.move('cancelled', before, wasHeld ? { reserved: -before.quantity } : { sold: -before.quantity });
    this.count(before.partnerId, wasHeld ? { held: -before.quantity } : { sold: -before.quantity });
    this.changed.set(after.id, after);
  }

  keep(partnerId: string, idempotency: IdempotencyKey, done: Done | Allotted): void {
    this.keys.set(keptAnswerId(partnerId, idempotency.key), { ...idempotency, partnerId, done });
  }

  changes(): Omit<Decision, 'kind' | 'outcomes'> {
    const changed = [...this.changed.values()];
    return {
      sellableCap: this.sellableCap === this.situation.product?.sellableCap ? undefined : this.sellableCap,
      allocations: this.allocations,
      movementSeq: this.seq,
      reservations: this.reservations,
      changed,
      orders: changed.filter(({ id }) => this.orders.has(id)),
      expired: this.expired,
      movements: this.movements,
      keys: [...this.keys.values()],
      outstanding: this.outstanding,
    };
  }

  private share(channelId: string): Allocation {
    const share = this.allocations.get(channelId);
    if (!share) throw new Error(`channel ${channelId} has no allocation of this product`);
    return share;
  }

  /** An overdue hold's units were not counted, so its release changes nothing. */
  private count(partnerId: string, by: { readonly held?: number; readonly sold?: number }): void {
    const before = this.outstanding.get(partnerId);
    if (!before) return;
    const held = by.held ?? 0;
    this.outstanding.set(partnerId, {
      held: before.held + held,
      sold: before.sold + (by.sold ?? 0),
      heldInAll: before.heldInAll + held,
    });
  }

  private overdueOf(channelId: string): { waiting: Hold[]; units: number } | undefined {
    const overdue = this.overdue.get(channelId);
    if (!overdue) (this.wantedBy ?? this).overdueWanted.add(channelId);
    return overdue;
  }

  private move(kind: MovementKind, hold: Hold, by: { readonly reserved?: number; readonly sold?: number }): void {
    const before = this.share(hold.channelId);
    const after = {
      ...before,
      reserved: before.reserved + (by.reserved ?? 0),
      sold: before.sold + (by.sold ?? 0),
    };
    const { channelId, id: reservationId, partnerId, quantity: units } = hold;
    this.record({ channelId, kind, units, reservationId, partnerId }, after);
  }

  /** The one place where units change hands: the balance and its line in the ledger together. */
  private record(line: Unnumbered, after: Allocation): void {
    this.allocations.set(line.channelId, after);
    this.movements.push({ seq: ++this.seq, ...line, ...after, ...(this.by && { by: this.by }) });
  }
}

type Unnumbered =
  Omit<Movement, 'seq' | 'by' | keyof Allocation> | Omit<AllotMovement, 'seq' | 'by' | keyof Allocation>;
