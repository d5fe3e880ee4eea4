import { timeOrderedId } from '../database/time-ordered-id.js';
import type { Tx } from '../database/transaction.js';
import type { Unit } from '../database/unit-of-work.js';
import type { LedgerEnd, ProductCount } from '../domain/drift.js';
import type { Attribution } from '../domain/movement.js';
import { decideRepair, type RepairDecision } from '../domain/repair.js';
import { appendMovements, batchOfMovement } from '../events/movement.store.js';
import { lockInventory, saveInventory } from '../inventory/inventory.store.js';
import { countLocked } from './product-count.js';

/** Counts a product again with its row locked, and writes what its reservations say, in one transaction. */
export class ProductRepair implements Unit<RepairDecision> {
  private readonly id = timeOrderedId();
  private readonly productId: number;
  private readonly earlier: LedgerEnd;
  private written: number | undefined;

  /** @param found it is counted anew: sales went on since */
  constructor(
    { productId, ledger }: ProductCount,
    private readonly by?: Attribution,
  ) {
    this.productId = productId;
    this.earlier = ledger;
  }

  async work(tx: Tx): Promise<RepairDecision> {
    const { count, now } = await countLocked(tx, this.productId, this.earlier);
    const decision = decideRepair(count);
    this.written = undefined;
    if (decision.kind !== 'repaired' || now === undefined) return decision;
    const { movements, allocations, movementSeq } = decision;
    appendMovements(tx, this.id, now, [
      { productId: this.productId, movements: movements.map((line) => ({ ...line, by: this.by })) },
    ]);
    saveInventory(tx, this.productId, allocations, movementSeq);
    this.written = movementSeq;
    return decision;
  }

  async tookPlace(tx: Tx): Promise<boolean> {
    if (this.written === undefined) return false;
    const [, writer] = await tx.read(
      lockInventory([this.productId], 'wait'),
      batchOfMovement(this.productId, this.written),
    );
    return writer === this.id;
  }
}
