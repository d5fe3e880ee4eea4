import { differencesOf } from '../../src/domain/drift.js';
import { countWith, share, SOUND } from './counts.js';

const ofOta = { productId: 106, channelId: 'ota' };
const ofProduct = { productId: 106, channelId: undefined };

describe('differencesOf', () => {
  it('finds none when the three agree', () => {
    expect(differencesOf(SOUND)).toEqual([]);
    expect(differencesOf(countWith({}))).toEqual([]);
  });

  it('finds a counter that neither reservations nor ledger know of', () => {
    expect(differencesOf(countWith({ ota: share(5, 4, 0) }))).toEqual([
      { ...ofOta, what: 'reserved', counter: 4, rows: 2, ledger: 2 },
      { ...ofOta, what: 'sold', counter: 0, rows: 1, ledger: 1 },
    ]);
  });

  it('finds reservations that neither counters nor ledger know of', () => {
    expect(differencesOf(countWith({ rows: new Map([['ota', { reserved: 2, sold: 2 }]]) }))).toEqual([
      { ...ofOta, what: 'sold', counter: 1, rows: 2, ledger: 1 },
    ]);
    expect(differencesOf(countWith({ rows: new Map() }))).toEqual([
      { ...ofOta, what: 'reserved', counter: 2, rows: 0, ledger: 2 },
      { ...ofOta, what: 'sold', counter: 1, rows: 0, ledger: 1 },
    ]);
  });

  it('finds a ledger that ends in other balances', () => {
    expect(differencesOf(countWith({ end: share(6, 3, 1) }))).toEqual([
      { ...ofOta, what: 'allocated', counter: 5, ledger: 6 },
      { ...ofOta, what: 'reserved', counter: 2, rows: 2, ledger: 3 },
    ]);
  });

  it('finds a channel that was never opened, even an empty one', () => {
    const empty = { ota: share(0), rows: new Map(), end: null, cap: 10 };
    expect(differencesOf(countWith(empty))).toEqual([{ ...ofOta, what: 'allocated', counter: 0, ledger: undefined }]);
  });

  it('finds reservations on a channel without an allocation', () => {
    expect(differencesOf(countWith({ ota: null, end: null, cap: 10 }))).toEqual([
      { ...ofOta, what: 'reserved', counter: undefined, rows: 2, ledger: undefined },
      { ...ofOta, what: 'sold', counter: undefined, rows: 1, ledger: undefined },
    ]);
  });

  it('finds reservations of a product without an inventory row', () => {
    const lost = { ...SOUND, counters: undefined, ledger: { seq: 0, balances: new Map() } };
    expect(differencesOf(lost)).toEqual([
      { ...ofOta, what: 'reserved', counter: undefined, rows: 2, ledger: undefined },
      { ...ofOta, what: 'sold', counter: undefined, rows: 1, ledger: undefined },
    ]);
  });

  it('finds more held and sold than allocated, when all three agree on it', () => {
    const over = share(5, 4, 2);
    expect(
      differencesOf(countWith({ ota: over, end: over, rows: new Map([['ota', { reserved: 4, sold: 2 }]]) })),
    ).toEqual([{ ...ofOta, what: 'reserved + sold', counter: 6, rows: 6, limit: 5 }]);
  });

  it('finds allocations that are not the cap', () => {
    expect(differencesOf(countWith({ cap: 14 }))).toEqual([
      { ...ofProduct, what: 'allocated in all', counter: 15, limit: 14 },
    ]);
  });

  it.each([
    [6, 7],
    [8, 7],
  ])('finds a ledger that ends at another number: %d, %d', (movementSeq, ledgerSeq) => {
    expect(differencesOf(countWith({ movementSeq, ledgerSeq }))).toEqual([
      { ...ofProduct, what: 'movements', counter: movementSeq, ledger: ledgerSeq },
    ]);
  });
});
