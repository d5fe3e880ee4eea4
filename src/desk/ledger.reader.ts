import { Injectable } from '@nestjs/common';

import { parameterFault } from '../contract/query-faults.js';
import { Reader } from '../database/reader.js';
import type { Read } from '../database/transaction.js';
import { newestSeq } from '../events/ledger-end.query.js';
import { DATABASE_NOW, lastSeqUntil } from '../events/ledger-time.query.js';
import {
  type LedgerLine,
  type LineFilter,
  linesOf,
  type Place,
  placeAfter,
  type Stretch,
} from '../events/movement.query.js';
import { lifeOfReservation } from '../reservation/reservation.query.js';
import type { MovementsQuery } from './movements.query.js';

/**
 * Lines that are looked at for one page, whether or not they are what is looked for: some ten milliseconds. A page of a
 * rare thing may have fewer lines than it might, or none, and still say where to go on.
 */
const LINES_LOOKED_AT = 10_000;
/** Lines of a file that are in memory at once; other requests wait for them to be put into words, some milliseconds. */
const LINES_AT_ONCE = 1_000;

export interface LedgerPage {
  readonly lines: readonly LedgerLine[];
  /** Where the next one begins; absent when all was looked at. */
  readonly next: Place | undefined;
}

/**
 * Reads the ledger in one of the two orders that an index has: a product's lines by number, all lines by time. Whatever else is
 * asked for is looked for along the way, a bounded number of lines at a time.
 */
@Injectable()
export class LedgerReader {
  private readonly read: Read = (query) => this.reader.run(query);

  constructor(private readonly reader: Reader) {}

  /** @throws DomainError `invalid_filter` */
  async page({ productId, filter, newestFirst, limit, after }: MovementsQuery): Promise<LedgerPage> {
    const stretch = await this.stretchOf(productId, filter, newestFirst);
    if (after && stretch.product && stretch.product.id !== after.productId) {
      throw parameterFault('invalid_filter', 'cursor', 'takes the next_cursor of the page before, with its filters');
    }
    return this.next({ ...stretch, after }, filter, limit);
  }

  /**
   * All lines, a bounded number at a time, each time that the consumer wants more. What is written meanwhile is left out.
   *
   * @throws DomainError `invalid_filter`, with the first lines
   */
  async *all({
    productId,
    filter,
    newestFirst,
  }: Omit<MovementsQuery, 'limit' | 'after'>): AsyncGenerator<readonly LedgerLine[]> {
    const stretch = await this.stretchOf(productId, filter, newestFirst);
    const bounded = stretch.product ? stretch : { ...stretch, to: earliest(filter.to, await this.read(DATABASE_NOW)) };
    let after: Place | undefined;
    do {
      const { lines, next } = await this.next({ ...bounded, after }, filter, LINES_AT_ONCE);
      yield lines;
      after = next;
    } while (after);
  }

  private async next(stretch: Stretch, filter: LineFilter, linesMax: number): Promise<LedgerPage> {
    const last = isSelective(filter) ? await this.read(placeAfter(stretch, LINES_LOOKED_AT)) : undefined;
    const found = await this.read(linesOf({ ...stretch, last }, filter, linesMax + 1));
    const lines = found.slice(0, linesMax);
    return { lines, next: found.length > linesMax ? lines.at(-1) : last };
  }

  /** Within a product the part that the times leave is found by halving, so that it is not searched for from the end. */
  private async stretchOf(productId: number | undefined, filter: LineFilter, newestFirst: boolean): Promise<Stretch> {
    const life =
      filter.reservationId === undefined ? undefined : await this.read(lifeOfReservation(filter.reservationId));
    if (filter.reservationId !== undefined && !life && productId === undefined) {
      throw parameterFault(
        'invalid_filter',
        'reservation_id',
        'names no reservation in the database: if it was archived, give its product_id too',
      );
    }
    const id = productId ?? life?.productId;
    if (id === undefined) return { newestFirst };
    const from = latest(filter.from, life?.createdAt);
    const [before, lastSeq] = await Promise.all([
      from === undefined ? 0 : lastSeqUntil(this.read, id, { at: from, itself: false }),
      this.lastSeq(id, filter.to, life?.endedAt),
    ]);
    return { product: { id, firstSeq: before + 1, lastSeq }, newestFirst };
  }

  private async lastSeq(productId: number, to: string | undefined, endedAt: string | undefined): Promise<number> {
    const ends = await Promise.all([
      ...(to === undefined ? [] : [lastSeqUntil(this.read, productId, { at: to, itself: false })]),
      ...(endedAt === undefined ? [] : [lastSeqUntil(this.read, productId, { at: endedAt, itself: true })]),
    ]);
    return ends.length > 0 ? Math.min(...ends) : this.read(newestSeq(productId));
  }
}

/** Whether lines of the stretch are left out that its order doesn't. */
const isSelective = ({ channelId, partnerId, reservationId, kind, actor }: LineFilter): boolean =>
  [channelId, partnerId, reservationId, kind, actor].some((value) => value !== undefined);

const latest = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;

const earliest = (a: string | undefined, b: string): string => (a !== undefined && a < b ? a : b);
