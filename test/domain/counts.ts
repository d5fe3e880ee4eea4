import type { Allocation } from '../../src/domain/allocation.js';
import type { ProductCount } from '../../src/domain/drift.js';

export const share = (allocated: number, reserved = 0, sold = 0): Allocation => ({ allocated, reserved, sold });

/** Sound: 10 units of `direct` and 5 of `ota`, of which 2 are held and 1 is sold. */
export const SOUND: ProductCount = {
  productId: 106,
  counters: {
    sellableCap: 15,
    movementSeq: 7,
    allocations: new Map([
      ['ota', share(5, 2, 1)],
      ['direct', share(10)],
    ]),
  },
  rows: new Map([['ota', { reserved: 2, sold: 1 }]]),
  ledger: {
    seq: 7,
    balances: new Map([
      ['direct', share(10)],
      ['ota', share(5, 2, 1)],
    ]),
  },
};

/** The same with `ota`, or the product, otherwise. */
export const countWith = (change: {
  readonly ota?: Allocation | null;
  readonly rows?: ProductCount['rows'];
  readonly end?: Allocation | null;
  readonly cap?: number;
  readonly movementSeq?: number;
  readonly ledgerSeq?: number;
}): ProductCount => {
  const { ota = share(5, 2, 1), rows = SOUND.rows, end = share(5, 2, 1) } = change;
  const both = (ofOta: Allocation | null): Map<string, Allocation> =>
    new Map([['direct', share(10)], ...(ofOta ? [['ota', ofOta] as const] : [])]);
  return {
    productId: 106,
    counters: { sellableCap: change.cap ?? 15, movementSeq: change.movementSeq ?? 7, allocations: both(ota) },
    rows,
    ledger: { seq: change.ledgerSeq ?? 7, balances: both(end) },
  };
};
