import type { Query, Read } from '../database/transaction.js';
import type { Allocation } from '../domain/allocation.js';

/** Number of a product's newest line; 0 without any. */
export const newestSeq = (productId: number): Query<number> => ({
  sql: 'SELECT COALESCE(MAX(seq), 0) AS seq FROM inventory_movements WHERE product_id = ?',
  values: [productId],
  read: ([row]) => Number(row?.['seq']),
});

/** Lines that one statement looks at: it takes some milliseconds. */
const LINES_MAX = 20_000;

interface Stretch {
  readonly productId: number;
  /** Both ends are part of it. */
  readonly from: number;
  readonly to: number;
}

/**
 * The balances after each of these channels' newest line in a stretch of the ledger. Read from its end, in bounded
 * statements: of channels that sell, a few lines; of one that has not sold for long, all that the others wrote since.
 *
 * Lines never change, and the archive keeps each channel's newest, so it need not be read in the counters' snapshot.
 *
 * @returns without those that have no line there
 */
export async function newestBalances(
  read: Read,
  stretch: Stretch,
  channelIds: readonly string[],
): Promise<Map<string, Allocation>> {
  const balances = new Map<string, Allocation>();
  const missing = new Set(channelIds);
  for (let { to } = stretch; missing.size > 0 && to >= stretch.from;) {
    const newest = await read(newestLines({ ...stretch, to }));
    for (const { channelId, balance } of newest) {
      if (missing.delete(channelId)) balances.set(channelId, balance);
    }
    if (newest.reduce((sum, { lines }) => sum + lines, 0) < LINES_MAX) break;
    to = Math.min(...newest.map(({ oldestSeq }) => oldestSeq)) - 1;
  }
  return balances;
}

interface NewestLine {
  readonly channelId: string;
  readonly balance: Allocation;
  /** Lines of the channel among those that were looked at, and the oldest of them. */
  readonly lines: number;
  readonly oldestSeq: number;
}

const newestLines = ({ productId, from, to }: Stretch): Query<NewestLine[]> => ({
  sql: `SELECT m.channel_id, m.allocated, m.reserved, m.sold, ends.lines_seen, ends.oldest
    FROM (
      SELECT MAX(seq) AS newest, MIN(seq) AS oldest, COUNT(*) AS lines_seen
      FROM (
        SELECT seq, channel_id FROM inventory_movements FORCE INDEX (PRIMARY)
        WHERE product_id = ? AND seq BETWEEN ? AND ? ORDER BY seq DESC LIMIT ?
      ) looked_at GROUP BY channel_id
    ) ends
    JOIN inventory_movements m ON m.product_id = ? AND m.seq = ends.newest`,
  values: [productId, from, to, LINES_MAX, productId],
  read: (rows) =>
    rows.map((row) => ({
      channelId: row['channel_id'] as string,
      balance: {
        allocated: row['allocated'] as number,
        reserved: row['reserved'] as number,
        sold: row['sold'] as number,
      },
      lines: row['lines_seen'] as number,
      oldestSeq: row['oldest'] as number,
    })),
});
