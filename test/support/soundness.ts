import type { TestDatabase } from './database.js';

interface Balance {
  readonly allocated: number;
  readonly reserved: number;
  readonly sold: number;
}

/** A line of the ledger that is no longer in the database. */
export interface ArchivedLine {
  readonly productId: number;
  readonly seq: number;
}

/**
 * The invariants of docs/architecture.md, read with plain SQL: counters equal rows, the ledger ends in the counters and
 * has no gap, nothing is oversold. Throws what doesn't hold.
 *
 * @param archived lines of the ledger that the archive has: with them it has no gap
 */
export async function expectSound(database: TestDatabase, archived: readonly ArchivedLine[] = []): Promise<void> {
  const products = await database.rows<{
    product_id: number;
    sellable_cap: number;
    movement_seq: number;
    channel_allocations: Record<string, Partial<Balance>>;
  }>('SELECT product_id, sellable_cap, movement_seq, channel_allocations FROM product_inventory');
  for (const product of products) {
    const channels = Object.entries(product.channel_allocations).map(
      ([channel, { allocated = 0, reserved = 0, sold = 0 }]) => ({ channel, allocated, reserved, sold }),
    );
    expect(channels.reduce((sum, { allocated }) => sum + allocated, 0)).toBe(product.sellable_cap);
    for (const { channel, ...balance } of channels) {
      const at = { product: product.product_id, channel };
      expect(balance.reserved + balance.sold).toBeLessThanOrEqual(balance.allocated);
      expect({ ...at, ...balance }).toEqual({ ...at, ...balance, ...(await unitsOfRows(database, at)) });
      expect({ ...at, ...balance }).toEqual({ ...at, ...(await endOfLedger(database, at)) });
    }
    const [ledger] = await database.rows<{ newest: number; entries: number }>(
      'SELECT MAX(seq) AS newest, COUNT(*) AS entries FROM inventory_movements WHERE product_id = ?',
      [product.product_id],
    );
    const gone = await linesGone(database, product.product_id, archived);
    expect({ ...ledger, gone }).toEqual({
      newest: product.movement_seq,
      entries: product.movement_seq - gone,
      gone,
    });
  }
}

/** Lines of the product that are in the archive only: a run that was killed left some in both places. */
async function linesGone(database: TestDatabase, product: number, archived: readonly ArchivedLine[]): Promise<number> {
  const seqs = new Set(archived.filter(({ productId }) => productId === product).map(({ seq }) => seq));
  if (seqs.size === 0) return 0;
  const both = await database.rows('SELECT seq FROM inventory_movements WHERE product_id = ? AND seq IN (?)', [
    product,
    [...seqs],
  ]);
  return seqs.size - both.length;
}

interface Channel {
  readonly product: number;
  readonly channel: string;
}

async function unitsOfRows(database: TestDatabase, { product, channel }: Channel): Promise<Partial<Balance>> {
  const [sums] = await database.rows<{ reserved: number; sold: number }>(
    `SELECT CAST(COALESCE(SUM(IF(status = 'active', quantity, 0)), 0) AS SIGNED) AS reserved,
            CAST(COALESCE(SUM(IF(status = 'activated', quantity, 0)), 0) AS SIGNED) AS sold
     FROM channel_reservations WHERE product_id = ? AND channel_id = ?`,
    [product, channel],
  );
  return sums ?? {};
}

async function endOfLedger(database: TestDatabase, { product, channel }: Channel): Promise<Partial<Balance>> {
  const [last] = await database.rows<Balance>(
    `SELECT allocated, reserved, sold FROM inventory_movements
     WHERE product_id = ? AND channel_id = ? ORDER BY seq DESC LIMIT 1`,
    [product, channel],
  );
  return last ?? {};
}
