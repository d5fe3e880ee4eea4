import type { Allocation, Allocations } from './allocation.js';

/** Units of a channel's `active` and `activated` reservations, overdue holds included. */
export type RowUnits = Pick<Allocation, 'reserved' | 'sold'>;

/** What the inventory row says. */
export interface Counters {
  readonly sellableCap: number;
  readonly movementSeq: number;
  readonly allocations: Allocations;
}

/** Where the ledger ends. */
export interface LedgerEnd {
  /** Of the newest line; 0 without any. */
  readonly seq: number;
  /** After each channel's newest line; those of channels without one are absent. */
  readonly balances: Allocations;
}

/** What the three places that have to agree say of a product, as of one moment. */
export interface ProductCount {
  readonly productId: number;
  /** `undefined`: the product has no inventory row. */
  readonly counters: Counters | undefined;
  /** By channel; those without such reservations are absent. */
  readonly rows: ReadonlyMap<string, RowUnits>;
  readonly ledger: LedgerEnd;
}

/** A number that should be one. `movements` is the newest line's number, `limit` what the counter may be, or has to be. */
export interface Difference {
  readonly productId: number;
  /** `undefined`: of the product as a whole. */
  readonly channelId: string | undefined;
  readonly what: 'allocated' | 'reserved' | 'sold' | 'reserved + sold' | 'allocated in all' | 'movements';
  readonly counter?: number | undefined;
  readonly rows?: number | undefined;
  readonly ledger?: number | undefined;
  readonly limit?: number | undefined;
}

const NOTHING: Allocation = { allocated: 0, reserved: 0, sold: 0 };

/** Channels that have an allocation or reservations, in the order of their names. */
export const channelsOf = ({ counters, rows }: Pick<ProductCount, 'counters' | 'rows'>): string[] =>
  [...new Set([...(counters?.allocations.keys() ?? []), ...rows.keys()])].sort();

/** All that doesn't add up; nothing when the product is sound. */
export function differencesOf(count: ProductCount): Difference[] {
  return [...channelsOf(count).flatMap((channelId) => ofChannel(count, channelId)), ...ofProduct(count)];
}

function ofChannel({ productId, counters, rows, ledger }: ProductCount, channelId: string): Difference[] {
  const at = { productId, channelId };
  const counter = counters?.allocations.get(channelId);
  const { reserved, sold } = rows.get(channelId) ?? NOTHING;
  const end = ledger.balances.get(channelId);
  const found: Difference[] = [];
  // An allocation that the ledger doesn't know of is one that nobody opened, be it of no units.
  if ((counter ?? NOTHING).allocated !== (end ?? NOTHING).allocated || (counter && !end)) {
    found.push({ ...at, what: 'allocated', counter: counter?.allocated, ledger: end?.allocated });
  }
  for (const [what, units] of [
    ['reserved', reserved],
    ['sold', sold],
  ] as const) {
    if ((counter ?? NOTHING)[what] !== units || (end ?? NOTHING)[what] !== units) {
      found.push({ ...at, what, counter: counter?.[what], rows: units, ledger: end?.[what] });
    }
  }
  if (counter && counter.reserved + counter.sold > counter.allocated) {
    const used = { counter: counter.reserved + counter.sold, rows: reserved + sold, limit: counter.allocated };
    found.push({ ...at, what: 'reserved + sold', ...used });
  }
  return found;
}

function ofProduct({ productId, counters, ledger }: ProductCount): Difference[] {
  if (!counters) return [];
  const at = { productId, channelId: undefined };
  const found: Difference[] = [];
  const allocated = allocatedInAll(counters);
  if (allocated !== counters.sellableCap) {
    found.push({ ...at, what: 'allocated in all', counter: allocated, limit: counters.sellableCap });
  }
  if (counters.movementSeq !== ledger.seq) {
    found.push({ ...at, what: 'movements', counter: counters.movementSeq, ledger: ledger.seq });
  }
  return found;
}

export const allocatedInAll = ({ allocations }: Counters): number =>
  [...allocations.values()].reduce((sum, { allocated }) => sum + allocated, 0);
