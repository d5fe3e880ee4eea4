import type { RowDataPacket } from 'mysql2';

import { exactTime } from '../database/old-rows.js';
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

const CHANNEL_LINE = `m.seq, ${exactTime('m.occurred_at')} AS occurred_at_text, m.allocated, m.reserved, m.sold`;

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
  const lines = await newestChannelLines(read, stretch, channelIds);
  return new Map([...lines].map(([channelId, { balance }]) => [channelId, balance]));
}

/** The same lines, with their numbers and times. */
export async function newestChannelLines(
  read: Read,
  stretch: Stretch,
  channelIds: readonly string[],
): Promise<Map<string, ChannelLine>> {
  const found = new Map<string, ChannelLine>();
  const missing = new Set(channelIds);
  for (let { to } = stretch; missing.size > 0 && to >= stretch.from;) {
    const newest = await read(newestLines({ ...stretch, to }));
    for (const { channelId, line } of newest) {
      if (missing.delete(channelId)) found.set(channelId, line);
    }
    if (newest.reduce((sum, { lines }) => sum + lines, 0) < LINES_MAX) break;
    to = Math.min(...newest.map(({ oldestSeq }) => oldestSeq)) - 1;
  }
  return found;
}

/** A line, as far as it tells a channel's balances. */
export interface ChannelLine {
  readonly seq: number;
  /** UTC with microseconds, as MySQL writes it. */
  readonly occurredAt: string;
  readonly balance: Allocation;
}

interface NewestLine {
  readonly channelId: string;
  readonly line: ChannelLine;
  /** Lines of the channel among those that were looked at, and the oldest of them. */
  readonly lines: number;
  readonly oldestSeq: number;
}

const newestLines = ({ productId, from, to }: Stretch): Query<NewestLine[]> => ({
  sql: `SELECT m.channel_id, ${CHANNEL_LINE}, ends.lines_seen, ends.oldest
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
      line: readChannelLine(row),
      lines: row['lines_seen'] as number,
      oldestSeq: row['oldest'] as number,
    })),
});

const readChannelLine = (row: RowDataPacket): ChannelLine => ({
  seq: row['seq'] as number,
  occurredAt: row['occurred_at_text'] as string,
  balance: {
    allocated: row['allocated'] as number,
    reserved: row['reserved'] as number,
    sold: row['sold'] as number,
  },
});

/** A channel's first line from a number on. Reads all lines of the product up to it. */
export const nextChannelLine = (
  productId: number,
  channelId: string,
  from: number,
): Query<(ChannelLine & { readonly kind: string; readonly units: number }) | undefined> => ({
  sql: `SELECT ${CHANNEL_LINE}, m.kind, m.units FROM inventory_movements m FORCE INDEX (PRIMARY)
    WHERE m.product_id = ? AND m.seq >= ? AND m.channel_id = ? ORDER BY m.seq LIMIT 1`,
  values: [productId, from, channelId],
  read: ([row]) => row && { ...readChannelLine(row), kind: row['kind'] as string, units: row['units'] as number },
});

/** Whether lines of a stretch are missing, which are in the archive then. */
export const linesMissing = ({ productId, from, to }: Stretch): Query<boolean> => ({
  sql: 'SELECT COUNT(*) AS present FROM inventory_movements FORCE INDEX (PRIMARY) WHERE product_id = ? AND seq BETWEEN ? AND ?',
  values: [productId, from, to],
  read: ([row]) => Number(row?.['present']) < to - from + 1,
});
