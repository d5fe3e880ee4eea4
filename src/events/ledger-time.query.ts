import { exactTime } from '../database/old-rows.js';
import type { Query, Read } from '../database/transaction.js';
import { newestSeq } from './ledger-end.query.js';

/** The database's time, as it writes it, in UTC. */
export const DATABASE_NOW: Query<string> = {
  sql: `SELECT ${exactTime('NOW(6)')} AS now`,
  values: [],
  read: ([row]) => row?.['now'] as string,
};

/** Places looked at in one statement: six of them find their way among five million lines. */
const PROBES = 15;

interface Probe {
  /** Of the first line from there on; absent when there is none. */
  readonly seq: number | undefined;
  readonly until: boolean;
}

/** A moment as MySQL writes it, in UTC; whether what happened at that very moment is part of what is meant. */
export interface Bound {
  readonly at: string;
  readonly itself: boolean;
}

/**
 * Number of a product's last line before a moment; 0 when there is none. By halving, since time goes with the numbers: that
 * needs no index on a product's times. Should the database's clock have been set back, it went past the moment more than once,
 * and this is one of these times.
 */
export async function lastSeqUntil(read: Read, productId: number, bound: Bound): Promise<number> {
  // The line numbered `last` is not later than the moment (0: none is known); the first one from `end` on is, or isn't there.
  let last = 0;
  let end = (await read(newestSeq(productId))) + 1;
  while (end - last > 1) {
    const places = placesBetween(last, end);
    const probes = await read(probe(productId, bound, places));
    const later = probes.findIndex(({ until }) => !until);
    end = later === -1 ? end : (places[later] ?? end);
    last = probes[later === -1 ? probes.length - 1 : later - 1]?.seq ?? last;
  }
  return last;
}

/** At most {@link PROBES} whole numbers, ascending and evenly spaced, between the two and neither of them. */
function placesBetween(after: number, before: number): number[] {
  const count = Math.min(PROBES, before - after - 1);
  return Array.from({ length: count }, (_, n) => after + Math.floor(((n + 1) * (before - after)) / (count + 1)));
}

const probe = (productId: number, { at, itself }: Bound, places: readonly number[]): Query<Probe[]> => ({
  sql: places
    .map(
      () => `(SELECT ? AS place, seq, occurred_at <${itself ? '=' : ''} ? AS until_then FROM inventory_movements FORCE INDEX (PRIMARY)
        WHERE product_id = ? AND seq >= ? ORDER BY seq LIMIT 1)`,
    )
    .join(' UNION ALL '),
  values: places.flatMap((place) => [place, at, productId, place]),
  read: (rows) => {
    const found = new Map(rows.map((row) => [Number(row['place']), row]));
    return places.map((place) => {
      const row = found.get(place);
      return { seq: row?.['seq'] as number | undefined, until: row?.['until_then'] === 1 };
    });
  },
});
