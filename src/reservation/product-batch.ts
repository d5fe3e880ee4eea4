import { uuidv7 } from 'uuidv7';

import { comingSpecialDates, productPrices } from '../catalog/price.store.js';
import type { TakeMore } from '../database/group-commit.js';
import { NOT_ASKED, type Query, type Tx } from '../database/transaction.js';
import type { Unit } from '../database/unit-of-work.js';
import type { Command } from '../domain/command.js';
import { decide } from '../domain/decide.js';
import type { Decision, KeptAnswer, OverdueHolds, OverdueWanted, Situation } from '../domain/decision.js';
import type { Instant } from '../domain/instant.js';
import { appendMovements, batchOfMovement } from '../events/movement.store.js';
import type { Reservation } from '../domain/reservation.js';
import { lockInventory, saveInventory } from '../inventory/inventory.store.js';
import { cancelOrders, insertOrders, type OrderOf } from '../order/order.store.js';
import { keepAnswers, keptAnswers } from './idempotency.store.js';
import { bodyOf, statusOf } from './reservation.answers.js';
import { reservationsById } from './reservation.query.js';
import { expireHolds, insertReservations, overdueHolds, updateReservations } from './reservation.store.js';

/** Commands on one product as one transaction: lock and read, decide, write and commit. */
export class ProductBatch implements Unit<Decision> {
  private readonly id = uuidv7();
  /** First line of the ledger that the last `work` wrote. */
  private firstMovement: number | undefined;
  private waitedSeconds = 0;

  private readonly all: Command[];

  constructor(
    private readonly productId: number,
    commands: readonly Command[],
    private readonly takeMore: TakeMore<Command>,
  ) {
    this.all = [...commands];
  }

  /** Those that joined, too. */
  get commands(): readonly Command[] {
    return this.all;
  }

  async work(tx: Tx): Promise<Decision> {
    const { situation, now } = await this.read(tx);
    if (this.waitedSeconds > CONTENDED_SECONDS) this.all.push(...this.takeMore(needsNothingRead));
    let decision = decide(situation, this.commands, now);
    if (decision.kind === 'overdue-wanted') {
      decision = decide({ ...situation, overdue: await this.readOverdue(tx, decision, now) }, this.commands, now);
    }
    if (decision.kind === 'overdue-wanted') throw new Error('overdue holds were read and are wanted again');
    this.write(tx, decision, now);
    return decision;
  }

  /** How long the last `work` waited for the product's row. */
  get lockWaitSeconds(): number {
    return this.waitedSeconds;
  }

  async tookPlace(tx: Tx): Promise<boolean> {
    if (this.firstMovement === undefined) return false;
    const [, writer] = await tx.read(
      lockInventory(this.productId),
      batchOfMovement(this.productId, this.firstMovement),
    );
    return writer === this.id;
  }

  private async read(tx: Tx): Promise<{ situation: Situation; now: Instant }> {
    const [locked, [product], specialDatesMilli, kept, reservations] = await tx.read(
      lockInventory(this.productId),
      productPrices([this.productId]),
      comingSpecialDates(),
      this.keptAnswers(),
      this.namedReservations(),
    );
    this.waitedSeconds = locked?.waitedSeconds ?? 0;
    return {
      situation: {
        product: locked &&
          product && {
            productId: this.productId,
            sellable: product.sellable,
            allocations: locked.allocations,
            movementSeq: locked.movementSeq,
            pricing: { ...product.prices, specialDatesMilli },
          },
        kept,
        reservations,
        overdue: new Map(),
      },
      // Without such a product nothing is decided by the time.
      now: locked?.now ?? 0,
    };
  }

  private keptAnswers(): Query<Map<string, KeptAnswer>> {
    const names = this.commands.flatMap((command) =>
      command.kind !== 'expire' && command.idempotency
        ? [{ partnerId: command.partner.id, key: command.idempotency.key }]
        : [],
    );
    return names.length > 0 ? keptAnswers(names) : NO_ANSWERS;
  }

  private namedReservations(): Query<Map<string, Reservation>> {
    const ids = this.commands.flatMap((command) =>
      command.kind === 'expire' || command.kind === 'reserve' ? [] : [command.reservationId],
    );
    return ids.length > 0 ? reservationsById(ids) : NO_RESERVATIONS;
  }

  private async readOverdue(tx: Tx, wanted: OverdueWanted, now: Instant): Promise<Map<string, OverdueHolds>> {
    const overdue = new Map<string, OverdueHolds>();
    for (const [channelId, holdsMax] of wanted.holdsMax) {
      const [units, oldest] = await tx.read(...overdueHolds(this.productId, channelId, now, holdsMax));
      overdue.set(channelId, { units, oldest });
    }
    return overdue;
  }

  private write(tx: Tx, decision: Decision, now: Instant): void {
    this.firstMovement = decision.movements[0]?.seq;
    keepAnswers(tx, decision.keys, now, ({ done }) => ({ status: statusOf(done), body: JSON.stringify(bodyOf(done)) }));
    if (this.firstMovement === undefined) return;
    insertReservations(tx, decision.reservations);
    insertOrders(tx, decision.orders.flatMap(withOrder));
    cancelOrders(tx, decision.changed.flatMap(cancelledOrder), now);
    updateReservations(tx, decision.changed);
    expireHolds(tx, decision.expired, now);
    appendMovements(tx, this.productId, this.id, now, decision.movements);
    saveInventory(tx, this.productId, decision.allocations, decision.movementSeq);
  }
}

/**
 * A row that is free is had in less. Whoever waited longer stands behind other instances and takes along what came
 * meanwhile, or each would commit little and often. Alone, an instance is faster when it gathers the next batch while the
 * database works on this one.
 */
const CONTENDED_SECONDS = 0.002;

/** It is decided by what is read for every batch. */
const needsNothingRead = (command: Command): boolean => command.kind === 'reserve' && !command.idempotency;

const withOrder = ({ order, ...of }: Reservation): OrderOf[] => (order ? [{ ...of, order }] : []);
const cancelledOrder = ({ order }: Reservation): number[] => (order?.status === 'cancelled' ? [order.id] : []);

const NO_ANSWERS: Query<Map<string, KeptAnswer>> = { sql: NOT_ASKED, values: [], read: () => new Map() };
const NO_RESERVATIONS: Query<Map<string, Reservation>> = { sql: NOT_ASKED, values: [], read: () => new Map() };
