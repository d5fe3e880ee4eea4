import type { Query, Tx } from '../database/transaction.js';
import type { Instant } from '../domain/instant.js';
import type { AllotMovement, Movement, OpeningMovement, RepairMovement } from '../domain/movement.js';

/** What a product's ledger is to say next. */
interface Entries {
  readonly productId: number;
  readonly movements: readonly (Movement | AllotMovement | OpeningMovement | RepairMovement)[];
}

/** Appends to products' ledgers; the inventory rows' locks order the numbers. */
export function appendMovements(tx: Tx, batchId: string, at: Instant, ledgers: readonly Entries[]): void {
  const occurredAt = new Date(at);
  tx.write(
    `INSERT INTO inventory_movements (product_id, seq, channel_id, kind, units, reservation_id, partner_id,
      allocated, reserved, sold, batch_id, occurred_at, actor, reason) VALUES ?`,
    [
      ledgers.flatMap(({ productId, movements }) =>
        movements.map((m) => [
          productId,
          m.seq,
          m.channelId,
          m.kind,
          m.units,
          'reservationId' in m ? m.reservationId : null,
          'partnerId' in m ? m.partnerId : null,
          m.allocated,
          m.reserved,
          m.sold,
          batchId,
          occurredAt,
          m.by?.actor ?? null,
          m.by?.reason ?? null,
        ]),
      ),
    ],
  );
}

/** The batch that wrote one line of the ledger; `undefined` when there is no such line. */
export const batchOfMovement = (productId: number, seq: number): Query<string | undefined> => ({
  sql: 'SELECT batch_id FROM inventory_movements WHERE product_id = ? AND seq = ?',
  values: [productId, seq],
  read: ([row]) => (row?.['batch_id'] as string | null | undefined) ?? undefined,
});
