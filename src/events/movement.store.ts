import { SharedColumns, type Words } from '../database/shared-columns.js';
import type { Query, Tx } from '../database/transaction.js';
import type { Instant } from '../domain/instant.js';
import type { AllotMovement, Movement, OpeningMovement, RepairMovement } from '../domain/movement.js';

type Line = Movement | AllotMovement | OpeningMovement | RepairMovement;

/** What a product's ledger is to say next. */
interface Entries {
  readonly productId: number;
  readonly movements: readonly Line[];
}

/** Numbers of a line, or words for them. */
type LineNumbers = Readonly<Record<'seq' | 'allocated' | 'reserved' | 'sold', number | Words>>;

/**
 * Appends to products' ledgers; the inventory rows' locks order the numbers.
 *
 * @param numbersOf a line, when the database has to reckon them
 */
export function appendMovements(
  tx: Tx,
  batchId: string,
  at: Instant | Words,
  ledgers: readonly Entries[],
  numbersOf: (line: Line) => LineNumbers = (line) => line,
): void {
  const occurredAt = typeof at === 'number' ? new Date(at) : at;
  const shared = new SharedColumns();
  tx.write(
    `INSERT INTO inventory_movements (seq, reservation_id, units, reserved,
      product_id, channel_id, kind, partner_id, allocated, sold, batch_id, occurred_at, actor, reason) VALUES ?`,
    [
      ledgers.flatMap(({ productId, movements }) =>
        movements.map((m) => {
          const { seq, reserved, allocated, sold } = numbersOf(m);
          return [
            seq,
            'reservationId' in m ? m.reservationId : null,
            m.units,
            reserved,
            shared.of(
              productId,
              m.channelId,
              m.kind,
              'partnerId' in m ? m.partnerId : null,
              allocated,
              sold,
              batchId,
              occurredAt,
              m.by?.actor ?? null,
              m.by?.reason ?? null,
            ),
          ];
        }),
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
