import { type Allocation, unitsFree } from '../../src/domain/allocation.js';
import type { Command } from '../../src/domain/command.js';
import { decide } from '../../src/domain/decide.js';
import {
  type Decision,
  type KeptAnswer,
  keptAnswerId,
  type OverdueHolds,
  type OverdueWanted,
  type Situation,
} from '../../src/domain/decision.js';
import type { Instant } from '../../src/domain/instant.js';
import type { Movement } from '../../src/domain/movement.js';
import { type Hold, isOverdue, type Reservation, type ReservationStatus } from '../../src/domain/reservation.js';
import { PRICING, PRODUCT_ID } from './builders.js';
import { deepFrozen } from './frozen.js';

/** A reservation's row, as the table keeps it. */
export type Row = Omit<Reservation, 'status'> & { status: ReservationStatus };

/** Where a model begins. */
export interface Start {
  readonly sellable: boolean;
  readonly allocations: ReadonlyMap<string, Allocation>;
  readonly holds: readonly Hold[];
  readonly kept: ReadonlyMap<string, KeptAnswer>;
}

const SEQ_AT_START = 40;

/** The shell around `decide`, in memory: what src/reservation/product-batch.ts and its stores do on MySQL. */
export class Model {
  readonly rows = new Map<string, Row>();
  readonly ledger: Movement[] = [];
  readonly kept: Map<string, KeptAnswer>;
  readonly balancesAtStart: ReadonlyMap<string, Allocation>;
  allocations: ReadonlyMap<string, Allocation>;
  movementSeq = SEQ_AT_START;

  constructor(private readonly start: Start) {
    this.allocations = start.allocations;
    this.balancesAtStart = start.allocations;
    this.kept = new Map(start.kept);
    for (const hold of start.holds) {
      this.rows.set(hold.id, { ...hold, productId: PRODUCT_ID, status: 'active', createdAt: 0, pricing: PRICING });
    }
  }

  /** Decides the commands, reading overdue holds when they are wanted, and writes nothing. */
  decide(commands: readonly Command[], now: Instant): Decision {
    const situation = this.situation();
    const frozen = deepFrozen(commands);
    let decision = decide(situation, frozen, now);
    if (decision.kind === 'overdue-wanted') {
      decision = decide(deepFrozen({ ...situation, overdue: this.readOverdue(decision, now) }), frozen, now);
    }
    if (decision.kind === 'overdue-wanted') throw new Error('overdue holds were read and are wanted again');
    return decision;
  }

  /** Decides the commands and writes what came of it. */
  run(commands: readonly Command[], now: Instant): Decision {
    const decision = this.decide(commands, now);
    for (const reservation of decision.reservations) {
      if (this.rows.has(reservation.id)) throw new Error(`duplicate primary key ${reservation.id}`);
      this.rows.set(reservation.id, { ...reservation });
    }
    for (const { id } of decision.expired) {
      const row = this.rows.get(id);
      if (row?.status !== 'active') throw new Error(`${id} is released a second time`);
      row.status = 'expired';
    }
    for (const { partnerId, key, fingerprint, reservation } of decision.keys) {
      const id = keptAnswerId(partnerId, key);
      if (this.kept.has(id)) throw new Error(`duplicate idempotency key ${id}`);
      this.kept.set(id, { fingerprint, status: 201, body: reservation.id });
    }
    this.ledger.push(...decision.movements);
    this.allocations = decision.allocations;
    this.movementSeq = decision.movementSeq;
    return decision;
  }

  /** Another model in the same state. */
  fork(): Model {
    const fork = new Model({ ...this.start, allocations: this.allocations, holds: [], kept: this.kept });
    for (const [id, row] of this.rows) fork.rows.set(id, { ...row });
    fork.movementSeq = this.movementSeq;
    return fork;
  }

  /** A channel's overdue holds, oldest first. */
  overdue(channelId: string, now: Instant): Hold[] {
    return this.active(channelId)
      .filter((row) => isOverdue(row, now))
      .sort((a, b) => a.expiresAt - b.expiresAt || (a.id < b.id ? -1 : 1))
      .map(({ id, partnerId, quantity, expiresAt }) => ({ id, channelId, partnerId, quantity, expiresAt }));
  }

  /** What GET /api/ota/inventory says. */
  available(channelId: string, now: Instant): number {
    const share = this.allocations.get(channelId);
    return share ? unitsFree(share) + unitsOf(this.overdue(channelId, now)) : 0;
  }

  active(channelId: string): Row[] {
    return [...this.rows.values()].filter((row) => row.channelId === channelId && row.status === 'active');
  }

  private situation(): Situation {
    const { sellable } = this.start;
    const { allocations, movementSeq } = this;
    return deepFrozen({
      product: { productId: PRODUCT_ID, sellable, allocations, movementSeq, pricing: PRICING },
      kept: new Map(this.kept),
      overdue: new Map(),
    });
  }

  private readOverdue({ holdsMax }: OverdueWanted, now: Instant): Map<string, OverdueHolds> {
    return new Map(
      [...holdsMax].map(([channelId, most]) => {
        if (most < 0) throw new Error('MySQL refuses a negative LIMIT');
        const overdue = this.overdue(channelId, now);
        return [channelId, { oldest: overdue.slice(0, most), units: unitsOf(overdue) }];
      }),
    );
  }
}

export const unitsOf = (holds: readonly Pick<Hold, 'quantity'>[]): number =>
  holds.reduce((sum, { quantity }) => sum + quantity, 0);
