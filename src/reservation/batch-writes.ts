import { timeOrderedId } from '../database/time-ordered-id.js';
import type { Tx } from '../database/transaction.js';
import type { Command } from '../domain/command.js';
import type { Decision } from '../domain/decision.js';
import type { Instant } from '../domain/instant.js';
import type { Reservation } from '../domain/reservation.js';
import { appendMovements, batchOfMovement } from '../events/movement.store.js';
import { lockInventory, saveInventory } from '../inventory/inventory.store.js';
import { cancelOrders, insertOrders, type OrderOf } from '../order/order.store.js';
import { keepAnswers } from './idempotency.store.js';
import { finishReleases } from './release.store.js';
import { bodyOf, statusOf } from './reservation.answers.js';
import { expireHolds, insertReservations, updateReservations } from './reservation.store.js';

/** What was decided for one product, by its commands and those that joined. */
export interface Decided {
  readonly productId: number;
  readonly commands: readonly Command[];
  readonly decision: Decision;
}

/** What a batch of commands writes, and how it is known by that afterwards. */
export class BatchWrites {
  private readonly batchId = timeOrderedId();
  /** A line of a ledger that the last `queue` wrote. */
  private written: { readonly productId: number; readonly seq: number } | undefined;

  queue(tx: Tx, decided: readonly Decided[], now: Instant): void {
    const decisions = decided.map(({ productId, decision }) => ({ productId, ...decision }));
    const keys = decisions.flatMap((decision) => decision.keys);
    keepAnswers(tx, keys, now, ({ done }) => ({ status: statusOf(done), body: JSON.stringify(bodyOf(done)) }));
    finishReleases(
      tx,
      decisions.flatMap((decision) => decision.released),
    );
    const moved = decisions.filter(({ movements }) => movements.length > 0);
    const [first] = moved;
    this.written = first?.movements[0] && { productId: first.productId, seq: first.movements[0].seq };
    if (moved.length === 0) return;
    const changed = moved.flatMap((decision) => decision.changed);
    insertReservations(
      tx,
      moved.flatMap((decision) => decision.reservations),
    );
    insertOrders(tx, moved.flatMap((decision) => decision.orders).flatMap(withOrder));
    cancelOrders(tx, changed.flatMap(cancelledOrder), now);
    updateReservations(tx, changed);
    expireHolds(
      tx,
      moved.flatMap((decision) => decision.expired),
      now,
    );
    appendMovements(tx, this.batchId, now, moved);
    for (const { productId, allocations, movementSeq, sellableCap } of moved) {
      saveInventory(tx, productId, allocations, movementSeq, sellableCap);
    }
  }

  /** Whether they were committed. Locks the row first, and so waits for the end of the transaction that had them. */
  async tookPlace(tx: Tx): Promise<boolean> {
    if (!this.written) return false;
    const { productId, seq } = this.written;
    const [, writer] = await tx.read(lockInventory([productId], 'wait'), batchOfMovement(productId, seq));
    return writer === this.batchId;
  }
}

const withOrder = ({ order, ...of }: Reservation): OrderOf[] => (order ? [{ ...of, order }] : []);
const cancelledOrder = ({ order }: Reservation): number[] => (order?.status === 'cancelled' ? [order.id] : []);
