import { format, raw } from 'mysql2';

import { WORDING } from '../database/pools.js';
import type { Words } from '../database/shared-columns.js';
import type { Query, Statement, Tx } from '../database/transaction.js';
import type { Instant } from '../domain/instant.js';

/** What is told of a row that was locked unread. */
export interface Locked {
  /** The database's time, read with the lock held. */
  readonly now: Instant;
  /** How long the row was waited for. */
  readonly waitedSeconds: number;
}

/** Numbers of a line of the ledger, reckoned from what the row says. */
export interface LineWords {
  readonly seq: Words;
  readonly allocated: Words;
  readonly reserved: Words;
  readonly sold: Words;
}

/** A channel's balances. */
type Balances = Omit<LineWords, 'seq'>;

/**
 * A product's row, in one packet locked, added to and saved, and never read here (ADR 13). What it says stands in variables of
 * MySQL's session, which the packet's statements name.
 */
export class UnreadRow {
  /** The database's time with the lock held, in whole ms. */
  readonly now = raw('@now');
  private readonly balances: ReadonlyMap<string, Balances>;
  private readonly later = new Map<number, Words>();

  /** @param wanted units, by channel */
  constructor(
    private readonly productId: number,
    private readonly wanted: ReadonlyMap<string, number>,
  ) {
    this.balances = new Map(
      [...wanted.keys()].map((channelId, n) => [
        channelId,
        { allocated: raw(`@allocated_${n}`), reserved: raw(`@reserved_${n}`), sold: raw(`@sold_${n}`) },
      ]),
    );
  }

  /**
   * Locks the row. Fails with an error that `isRolledBack`, so that what follows in the packet is not run, unless each channel
   * has the wanted units free. First statement of the transaction.
   *
   * @param mayWait for a row that somebody else has; else that fails, too (`isRowTaken`)
   * @param and more that has to hold, asked once the row is had
   */
  lock(tx: Tx, mayWait: boolean, and: Statement): void {
    const channels = [...this.balances];
    const into = [
      HOLDS,
      raw('@seq'),
      this.now,
      raw('@waited_us'),
      ...channels.flatMap(([, of]) => BALANCES.map((name) => of[name])),
    ];
    const free = channels.map(
      ([channelId]) => `${BALANCES.map((name) => balanceOf(channelId, name)).join(' - ')} >= ?`,
    );
    tx.write(
      // MAX, so that there is one line of it when there is no such row: a variable would keep what it had.
      // SYSDATE, not NOW: the latter is the time at which the statement began to wait for the lock.
      `SELECT ${unless(`MAX(${[...free, and.sql].join(' AND ')})`)}, MAX(movement_seq), MAX(SYSDATE(3)),
          MAX(TIMESTAMPDIFF(MICROSECOND, NOW(6), SYSDATE(6))),
          ${channels.flatMap(([channelId]) => BALANCES.map((name) => `MAX(${balanceOf(channelId, name)})`)).join(', ')}
        INTO ? FROM product_inventory FORCE INDEX (PRIMARY) WHERE product_id = ? FOR UPDATE${mayWait ? '' : ' NOWAIT'}`,
      [...this.wanted.values(), ...and.values, into, this.productId],
    );
  }

  /** Fails like `lock` unless the row is had within these times; both included, in whole ms. */
  within(tx: Tx, since: Instant, until: Instant): void {
    tx.write(`SET ? = ${unless('CAST(? AS DATETIME(3)) BETWEEN ? AND ?')}`, [
      HOLDS,
      this.now,
      new Date(since),
      new Date(until),
    ]);
  }

  /** So much later than `now`; the same words for the same time. */
  after(ms: number): Words {
    const words = this.later.get(ms) ?? raw(`@now + INTERVAL ${Math.trunc(ms) * 1000} MICROSECOND`);
    this.later.set(ms, words);
    return words;
  }

  /** @param reserved units, on top of what the channel has reserved */
  lineAfter(nth: number, channelId: string, reserved: number): LineWords {
    const of = this.balances.get(channelId);
    if (!of) throw new Error(`no units of channel ${channelId} are wanted`);
    return {
      seq: raw(`@seq + ${Math.trunc(nth)}`),
      allocated: of.allocated,
      reserved: raw(`${of.reserved.toSqlString()} + ${Math.trunc(reserved)}`),
      sold: of.sold,
    };
  }

  /** Reserves what was wanted. @param lines that the ledger got */
  save(tx: Tx, lines: number): void {
    const reserved = [...this.balances].flatMap(([channelId, of]) => [
      pathTo(channelId, 'reserved'),
      of.reserved,
      this.wanted.get(channelId),
    ]);
    tx.write(
      `UPDATE product_inventory SET channel_allocations = JSON_SET(channel_allocations${', ?, ? + ?'.repeat(this.balances.size)}),
        movement_seq = @seq + ? WHERE product_id = ?`,
      [...reserved, lines, this.productId],
    );
  }
}

/** Of the row that this packet has locked. */
export const lockedUnread = (): Query<Locked> => ({
  sql: 'SELECT CAST(@now AS DATETIME(3)) AS now, @waited_us AS waited_us',
  values: [],
  read: ([row]) => ({
    now: (row?.['now'] as Date).getTime(),
    waitedSeconds: Number(row?.['waited_us']) / 1e6,
  }),
});

/** A text with other moments in it than were known when it was made, worded as `isoInstant` does. */
export function withMoments(text: string, moments: readonly (readonly [was: string, is: Words])[]): Words {
  return moments.reduce(
    (words, [was, is]) => raw(format(`REPLACE(?, ?, ${ISO_INSTANT})`, [words, was, is], WORDING.stringifyObjects)),
    raw(format('?', [text], WORDING.stringifyObjects)),
  );
}

const ISO_INSTANT = `CONCAT(LEFT(DATE_FORMAT(?, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')`;

const HOLDS = raw('@holds');
/** FALSE - 1 is out of range of what is unsigned: MySQL has no plainer way to fail on a condition outside of a procedure. */
const unless = (condition: string): string => `CAST(COALESCE(${condition}, FALSE) AS UNSIGNED) - 1`;

const BALANCES = ['allocated', 'sold', 'reserved'] as const;
/** Channels' names have no quotes. */
const pathTo = (channelId: string, name: (typeof BALANCES)[number]): string => `$."${channelId}".${name}`;
/** A missing number is 0. */
const balanceOf = (channelId: string, name: (typeof BALANCES)[number]): string =>
  format('COALESCE(JSON_VALUE(channel_allocations, ? RETURNING SIGNED), 0)', [pathTo(channelId, name)]);
