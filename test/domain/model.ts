import { type Allocation, unitsFree } from '../../src/domain/allocation.js';
import { decide } from '../../src/domain/decide.js';
import {
  type Decision,
  type Allotted,
  type Done,
  type KeptAnswer,
  keptAnswerId,
  type OverdueHolds,
  type Situation,
} from '../../src/domain/decision.js';
import type { OutstandingUnits } from '../../src/domain/outstanding.js';
import { countsUnits } from '../../src/domain/hold-limits.js';
import type { Instant } from '../../src/domain/instant.js';
import type { AllotMovement, Movement } from '../../src/domain/movement.js';
import type { PricingSnapshot } from '../../src/domain/pricing.js';
import { type Hold, isOverdue, NEXT_STATUSES, type Order, type Reservation } from '../../src/domain/reservation.js';
import { PRICING, PRODUCT_ID } from './builders.js';
import { deepFrozen } from './frozen.js';
import type { WishedCommand } from './wishes.js';

/** Where a model begins. */
export interface Start {
  readonly sellable: boolean;
  readonly allocations: ReadonlyMap<string, Allocation>;
  readonly reservations: readonly Reservation[];
  readonly kept: ReadonlyMap<string, KeptAnswer>;
}

const SEQ_AT_START = 40;

const capOf = (allocations: ReadonlyMap<string, Allocation>): number =>
  [...allocations.values()].reduce((sum, { allocated }) => sum + allocated, 0);

export const isOfReservation = (line: Movement | AllotMovement): line is Movement => 'reservationId' in line;

/** What was done to a reservation: histories change no allotment. */
export function ofReservation(done: Done | Allotted): Done {
  if (done.kind === 'allotted') throw new Error('nobody asked for another allotment');
  return done;
}

/** The shell around `decide`, in memory: what src/reservation/command-batch.ts and its stores do on MySQL. */
export class Model {
  /** As the table keeps them, by id. */
  readonly rows: Map<string, Reservation>;
  readonly orders: Map<number, Order>;
  readonly ledger: Movement[] = [];
  readonly kept: Map<string, KeptAnswer>;
  readonly balancesAtStart: ReadonlyMap<string, Allocation>;
  readonly rowsAtStart: ReadonlyMap<string, Reservation>;
  allocations: ReadonlyMap<string, Allocation>;
  movementSeq = SEQ_AT_START;
  /** Units of other products that each partner holds. */
  heldElsewhere = 0;

  constructor(readonly start: Start) {
    this.allocations = start.allocations;
    this.balancesAtStart = start.allocations;
    this.kept = new Map(start.kept);
    this.rows = new Map(start.reservations.map((row) => [row.id, row]));
    this.rowsAtStart = new Map(this.rows);
    this.orders = new Map(start.reservations.flatMap(({ order }) => (order ? [[order.id, order]] : [])));
  }

  /** Decides the commands, reading overdue holds when they are wanted, and writes nothing. */
  decide(commands: readonly WishedCommand[], now: Instant, prices = pricesAt(now)): Decision {
    const situation = this.situation(commands, prices, now);
    const frozen = deepFrozen(commands);
    let decision = decide(situation, frozen, now);
    if (decision.kind === 'overdue-wanted') {
      const overdue = this.readOverdue(decision.holdsMax, now);
      decision = decide(deepFrozen({ ...situation, overdue }), frozen, now);
    }
    if (decision.kind === 'overdue-wanted') throw new Error('overdue holds were read and are wanted again');
    return decision;
  }

  /** Decides the commands and writes what came of it. */
  run(commands: readonly WishedCommand[], now: Instant): Decision {
    const decision = this.decide(commands, now);
    for (const { partnerId, key, fingerprint, done } of decision.keys) {
      insert(this.kept, keptAnswerId(partnerId, key), {
        fingerprint,
        status: 200,
        body: answerOf(ofReservation(done)),
      });
    }
    for (const reservation of decision.reservations) insert(this.rows, reservation.id, reservation);
    for (const { order } of decision.orders) if (order) insert(this.orders, order.id, order);
    for (const row of decision.changed) this.change(row);
    for (const { id } of decision.expired) {
      const row = this.rows.get(id);
      if (row?.status !== 'active') throw new Error(`${id} is released a second time`);
      this.rows.set(id, { ...row, status: 'expired', releasedAt: now });
    }
    this.ledger.push(...decision.movements.filter(isOfReservation));
    this.allocations = decision.allocations;
    this.movementSeq = decision.movementSeq;
    return decision;
  }

  /** Another model in the same state. */
  fork(): Model {
    const { allocations, kept } = this;
    const fork = new Model({ ...this.start, allocations, reservations: [...this.rows.values()], kept });
    fork.movementSeq = this.movementSeq;
    fork.heldElsewhere = this.heldElsewhere;
    return fork;
  }

  /** A channel's overdue holds, oldest first. */
  overdue(channelId: string, now: Instant): Hold[] {
    return this.inState('active', channelId)
      .filter((row) => isOverdue(row, now))
      .sort((a, b) => a.expiresAt - b.expiresAt || (a.id < b.id ? -1 : 1))
      .map(({ id, partnerId, quantity, expiresAt }) => ({ id, channelId, partnerId, quantity, expiresAt }));
  }

  /** What GET /api/ota/inventory says. */
  available(channelId: string, now: Instant): number {
    const share = this.allocations.get(channelId);
    return share ? unitsFree(share) + unitsOf(this.overdue(channelId, now)) : 0;
  }

  inState(status: Reservation['status'], channelId: string): Reservation[] {
    return [...this.rows.values()].filter((row) => row.channelId === channelId && row.status === status);
  }

  /** What is read with the inventory row locked: the keys and reservations that the commands name, of those there are. */
  situation(commands: readonly WishedCommand[], pricing: PricingSnapshot, now: Instant): Situation {
    const { sellable } = this.start;
    const { allocations, movementSeq } = this;
    const named = commands.flatMap((command) =>
      command.kind === 'expire' || command.kind === 'reserve' ? [] : (this.rows.get(command.reservationId) ?? []),
    );
    return deepFrozen({
      product: { productId: PRODUCT_ID, sellable, sellableCap: capOf(allocations), allocations, movementSeq, pricing },
      kept: new Map(this.kept),
      reservations: new Map(named.map((row) => [row.id, row])),
      overdue: new Map(),
      outstanding: this.outstanding(commands, now),
    });
  }

  /** A partner's units: those of its holds that aren't overdue, and those that it has sold. */
  unitsOfPartner(partnerId: string, now: Instant): OutstandingUnits {
    const own = [...this.rows.values()].filter((row) => row.partnerId === partnerId);
    const held = unitsOf(own.filter((row) => row.status === 'active' && !isOverdue(row, now)));
    const sold = unitsOf(own.filter(({ status }) => status === 'activated'));
    return { held, sold, heldInAll: this.heldElsewhere + held };
  }

  private outstanding(commands: readonly WishedCommand[], now: Instant): Map<string, OutstandingUnits> {
    const limited = commands.flatMap((command) =>
      command.kind === 'reserve' && countsUnits(command.partner.limits) ? [command.partner.id] : [],
    );
    return new Map(limited.map((id) => [id, this.unitsOfPartner(id, now)]));
  }

  readOverdue(holdsMax: ReadonlyMap<string, number>, now: Instant): Map<string, OverdueHolds> {
    return new Map(
      [...holdsMax].map(([channelId, most]) => {
        if (most < 0) throw new Error('MySQL refuses a negative LIMIT');
        const overdue = this.overdue(channelId, now);
        return [channelId, { oldest: overdue.slice(0, most), units: unitsOf(overdue) }];
      }),
    );
  }

  /** An UPDATE of what a step may write: the rest of the row has to be as it was. */
  private change(after: Reservation): void {
    const before = this.rows.get(after.id);
    if (!before) throw new Error(`there is no ${after.id} to change`);
    if (!(after.status === 'active' ? before.status === 'active' : isNext(before.status, after.status))) {
      throw new Error(`${after.id} goes from ${before.status} to ${after.status}`);
    }
    const { id, productId, channelId, partnerId, quantityHeld, createdAt, pricing } = before;
    expect(after).toMatchObject({ id, productId, channelId, partnerId, quantityHeld, createdAt, pricing });
    this.rows.set(id, after);
    const { order } = after;
    if (order?.status === 'cancelled') this.cancelOrder(order);
  }

  private cancelOrder(order: Order): void {
    const { status: _, cancelledAt: __, ...sale } = this.orders.get(order.id) ?? {};
    expect(order).toMatchObject(sale);
    this.orders.set(order.id, order);
  }
}

/** What a client reads, to the letter. */
export const answerOf = ({ kind, reservation }: Done): string => JSON.stringify({ kind, reservation });

export const unitsOf = (holds: readonly Pick<Hold, 'quantity'>[]): number =>
  holds.reduce((sum, { quantity }) => sum + quantity, 0);

/** Prices on file; they change all the time. */
export const pricesAt = (now: Instant): PricingSnapshot => ({
  ...PRICING,
  cutoffHours: now % 50,
  weekdayMinor: 20_000 + (now % 9_999),
  weekendMinor: 25_000 + (now % 9_999),
  discountsMinor: now % 2 === 0 ? { child: now % 9_999, elderly: 5_000 } : { child: 10_000, student: 99_999 },
});

const isNext = (from: Reservation['status'], to: Reservation['status']): boolean =>
  (NEXT_STATUSES[from] as readonly string[]).includes(to);

function insert<K, V>(table: Map<K, V>, key: K, row: V): void {
  if (table.has(key)) throw new Error(`duplicate primary key ${String(key)}`);
  table.set(key, row);
}
