import { type Allocation, unitsFree } from './allocation.js';
import type { IdempotencyKey } from './command.js';
import { type Decision, type Done, keptAnswerId, type NewKey, type ProductState, type Situation } from './decision.js';
import type { Instant } from './instant.js';
import type { Movement, MovementKind } from './movement.js';
import { type Hold, isOverdue, type Reservation } from './reservation.js';

/** The product while a batch is being decided: what was read, and the changes so far. Lives for one `decide`. */
export class Draft {
  readonly keys = new Map<string, NewKey>();
  /** Channels whose overdue holds have to be read before anything can be decided. */
  readonly overdueWanted = new Set<string>();

  private readonly allocations: Map<string, Allocation>;
  private readonly reservations: Reservation[] = [];
  private readonly changed = new Map<string, Reservation>();
  private readonly orders = new Set<string>();
  private readonly expired: Hold[] = [];
  private readonly movements: Movement[] = [];
  private readonly overdue: Map<string, { waiting: Hold[]; units: number }>;
  private seq: number;

  constructor(
    readonly situation: Situation,
    readonly now: Instant,
  ) {
    this.allocations = new Map(situation.product?.allocations);
    this.seq = situation.product?.movementSeq ?? 0;
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

  hold(reservation: Reservation): void {
    this.move('reserved', reservation, { reserved: reservation.quantity });
    this.reservations.push(reservation);
  }

  /** Sells the units that `sold` has; the rest of what was held goes back. */
  sell(held: Reservation, sold: Reservation): void {
    const rest = held.quantity - sold.quantity;
    this.move('activated', sold, { reserved: -sold.quantity, sold: sold.quantity });
    if (rest > 0) this.move('returned', { ...held, quantity: rest }, { reserved: -rest });
    this.changed.set(sold.id, sold);
    this.orders.add(sold.id);
  }

  extend(reservation: Reservation): void {
    this.move('extended', { ...reservation, quantity: 0 }, {});
    this.changed.set(reservation.id, reservation);
  }

  /** Gives back what the reservation held or had sold. */
  cancel(before: Reservation, after: Reservation): void {
    this.move(
      'cancelled',
      before,
      before.status === 'active' ? { reserved: -before.quantity } : { sold: -before.quantity },
    );
    this.changed.set(after.id, after);
  }

  keep(partnerId: string, idempotency: IdempotencyKey, done: Done): void {
    this.keys.set(keptAnswerId(partnerId, idempotency.key), { ...idempotency, partnerId, done });
  }

  changes(): Omit<Decision, 'kind' | 'outcomes'> {
    const changed = [...this.changed.values()];
    return {
      allocations: this.allocations,
      movementSeq: this.seq,
      reservations: this.reservations,
      changed,
      orders: changed.filter(({ id }) => this.orders.has(id)),
      expired: this.expired,
      movements: this.movements,
      keys: [...this.keys.values()],
    };
  }

  private share(channelId: string): Allocation {
    const share = this.allocations.get(channelId);
    if (!share) throw new Error(`channel ${channelId} has no allocation of this product`);
    return share;
  }

  private overdueOf(channelId: string): { waiting: Hold[]; units: number } | undefined {
    const overdue = this.overdue.get(channelId);
    if (!overdue) this.overdueWanted.add(channelId);
    return overdue;
  }

  /** The one place where units change hands: the balance and its line in the ledger together. */
  private move(kind: MovementKind, hold: Hold, by: { readonly reserved?: number; readonly sold?: number }): void {
    const before = this.share(hold.channelId);
    const after = {
      ...before,
      reserved: before.reserved + (by.reserved ?? 0),
      sold: before.sold + (by.sold ?? 0),
    };
    this.allocations.set(hold.channelId, after);
    this.movements.push({
      seq: ++this.seq,
      channelId: hold.channelId,
      kind,
      units: hold.quantity,
      reservationId: hold.id,
      partnerId: hold.partnerId,
      ...after,
    });
  }
}
