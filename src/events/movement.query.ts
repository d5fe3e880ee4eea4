import type { RowDataPacket } from 'mysql2';

import { exactTime } from '../database/old-rows.js';
import type { Query } from '../database/transaction.js';

/** A line of the ledger as it is read. */
export interface LedgerLine {
  readonly productId: number;
  readonly seq: number;
  /** UTC with microseconds, as MySQL writes it. */
  readonly occurredAt: string;
  readonly channelId: string;
  readonly kind: string;
  readonly units: number;
  readonly reservationId: string | undefined;
  readonly partnerId: string | undefined;
  readonly allocated: number;
  readonly reserved: number;
  readonly sold: number;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
}

/** Where a line stands: within its product by number, among all by time. */
export type Place = Pick<LedgerLine, 'productId' | 'seq' | 'occurredAt'>;

/** Lines that are looked for. Times as MySQL writes them, in UTC. */
export interface LineFilter {
  readonly channelId?: string | undefined;
  readonly partnerId?: string | undefined;
  readonly reservationId?: string | undefined;
  readonly kind?: string | undefined;
  readonly actor?: string | undefined;
  /** The first moment that is meant. */
  readonly from?: string | undefined;
  /** The first moment that isn't. */
  readonly to?: string | undefined;
}

/**
 * A part of the ledger in an order that an index has: a product's lines by number, or all by time, then product and number.
 * Both orders are of lines that never change, so a place in them stays one.
 */
export interface Stretch {
  readonly product?: { readonly id: number; readonly firstSeq: number; readonly lastSeq: number } | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly newestFirst: boolean;
  /** Begins behind it. */
  readonly after?: Place | undefined;
  /** Ends with it. */
  readonly last?: Place | undefined;
}

const LINE = `SELECT product_id, seq, ${exactTime('occurred_at')} AS occurred_at_text, channel_id, kind, units, reservation_id,
  partner_id, allocated, reserved, sold, actor, reason`;

interface Conditions {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** The next lines of a stretch that are looked for. */
export const linesOf = (stretch: Stretch, filter: LineFilter, linesMax: number): Query<LedgerLine[]> => {
  const { sql, values } = where(stretch, filter);
  return {
    sql: `${LINE} ${sql} ${orderOf(stretch)} LIMIT ?`,
    values: [...values, linesMax],
    read: (rows) => rows.map(readLine),
  };
};

/** The place so many lines on, whether or not they are looked for; `undefined` when there are fewer. */
export const placeAfter = (stretch: Stretch, lines: number): Query<Place | undefined> => {
  const { sql, values } = where(stretch, {});
  return {
    sql: `SELECT product_id, seq, ${exactTime('occurred_at')} AS occurred_at_text ${sql} ${orderOf(stretch)} LIMIT 1 OFFSET ?`,
    values: [...values, lines - 1],
    read: ([row]) => row && readPlace(row),
  };
};

/** The product's orders name no time, and the others need the index on it: MySQL might sort all lines instead. */
function where(stretch: Stretch, filter: LineFilter): Conditions {
  const { product, from = filter.from, to = filter.to } = stretch;
  const conditions: string[] = [];
  const values: unknown[] = [];
  const add = (condition: string, ...bound: unknown[]): void => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (product) add('product_id = ? AND seq BETWEEN ? AND ?', product.id, product.firstSeq, product.lastSeq);
  if (from !== undefined) add('occurred_at >= ?', from);
  if (to !== undefined) add('occurred_at < ?', to);
  if (stretch.after) add(...beyond(stretch, stretch.after, false));
  if (stretch.last) add(...beyond({ ...stretch, newestFirst: !stretch.newestFirst }, stretch.last, true));
  for (const [column, value] of Object.entries(columnsOf(filter))) if (value !== undefined) add(`${column} = ?`, value);
  const index = product ? 'PRIMARY' : 'inventory_movements_time';
  const all = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return { sql: `FROM inventory_movements FORCE INDEX (${index}) ${all}`, values };
}

const columnsOf = ({ channelId, partnerId, reservationId, kind, actor }: LineFilter) => ({
  channel_id: channelId,
  partner_id: partnerId,
  reservation_id: reservationId,
  kind,
  actor,
});

/** Written out: MySQL finds no range in a comparison of rows. */
function beyond(
  { product, newestFirst }: Stretch,
  { productId, seq, occurredAt }: Place,
  itself: boolean,
): [condition: string, ...bound: unknown[]] {
  const past = newestFirst ? '<' : '>';
  const orItself = itself ? '=' : '';
  if (product) return [`seq ${past}${orItself} ?`, seq];
  return [
    `occurred_at ${past}= ? AND (occurred_at ${past} ? OR product_id ${past} ? OR (product_id = ? AND seq ${past}${orItself} ?))`,
    ...[occurredAt, occurredAt, productId, productId, seq],
  ];
}

const orderOf = ({ product, newestFirst }: Stretch): string =>
  `ORDER BY ${(product ? ['seq'] : ['occurred_at', 'product_id', 'seq'])
    .map((column) => `${column}${newestFirst ? ' DESC' : ''}`)
    .join(', ')}`;

const readPlace = (row: RowDataPacket): Place => ({
  productId: row['product_id'] as number,
  seq: row['seq'] as number,
  occurredAt: row['occurred_at_text'] as string,
});

/** All named here: to spread another object into it makes a slow one, of which a file has a million. */
const readLine = (row: RowDataPacket): LedgerLine => ({
  productId: row['product_id'] as number,
  seq: row['seq'] as number,
  occurredAt: row['occurred_at_text'] as string,
  channelId: row['channel_id'] as string,
  kind: row['kind'] as string,
  units: row['units'] as number,
  reservationId: textOrNone(row['reservation_id']),
  partnerId: textOrNone(row['partner_id']),
  allocated: row['allocated'] as number,
  reserved: row['reserved'] as number,
  sold: row['sold'] as number,
  actor: textOrNone(row['actor']),
  reason: textOrNone(row['reason']),
});

const textOrNone = (value: unknown): string | undefined => (value as string | null) ?? undefined;
