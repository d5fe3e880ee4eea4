import fc from 'fast-check';

import type { Allocation } from '../../src/domain/allocation.js';
import { differencesOf, type ProductCount } from '../../src/domain/drift.js';
import { decideRepair } from '../../src/domain/repair.js';
import { countWith, share, SOUND } from './counts.js';

const reasonsOf = (count: ProductCount): readonly string[] => {
  const decision = decideRepair(count);
  return decision.kind === 'refused' ? decision.reasons : [];
};

describe('decideRepair', () => {
  it('leaves a sound product alone', () => {
    expect(decideRepair(SOUND)).toEqual({ kind: 'sound' });
  });

  it("sets the counters to what the reservations say, with a line for the channel that was off and none for the other's", () => {
    expect(decideRepair(countWith({ ota: share(5, 4, 0) }))).toEqual({
      kind: 'repaired',
      before: new Map([
        ['direct', share(10)],
        ['ota', share(5, 4, 0)],
      ]),
      allocations: new Map([
        ['direct', share(10)],
        ['ota', share(5, 2, 1)],
      ]),
      movementSeq: 8,
      movements: [{ seq: 8, channelId: 'ota', kind: 'repaired', units: 3, ...share(5, 2, 1) }],
    });
  });

  it('gives a ledger that ends elsewhere the balances again, without units', () => {
    expect(decideRepair(countWith({ end: share(6, 3, 1) }))).toMatchObject({
      movements: [{ seq: 8, channelId: 'ota', units: 0, ...share(5, 2, 1) }],
    });
  });

  it.each([
    ['behind the ledger', 6, 7, 8],
    ['ahead of it', 9, 7, 10],
  ])('goes on past both ends when the number is %s', (_, movementSeq, ledgerSeq, next) => {
    expect(decideRepair(countWith({ movementSeq, ledgerSeq }))).toMatchObject({
      movementSeq: next,
      movements: [{ seq: next, channelId: 'direct', units: 0, ...share(10) }],
    });
  });

  it('refuses when the reservations have more than there is, and says by how much', () => {
    const rows = new Map([['ota', { reserved: 3, sold: 4 }]]);
    expect(reasonsOf(countWith({ rows }))).toEqual([
      'the reservations of channel ota have 7 units (3 held, 4 sold), 2 more than its allocation of 5: ' +
        'give it 2 more, or cancel reservations of 2',
    ]);
  });

  it.each<[string, ProductCount, RegExp]>([
    [
      'a channel without an allocation',
      countWith({ ota: null, end: null, cap: 10 }),
      /ota has no allocation.* 3 units/,
    ],
    ['allocations that are not the cap', countWith({ cap: 14 }), /sum to 15, and sellable_cap is 14/],
    ['no channel at all', noChannel(), /sum to 0, and sellable_cap is 0/],
    ['a product without an inventory row', { ...SOUND, counters: undefined }, /no row in product_inventory/],
  ])('refuses %s', (_, count, reason) => {
    expect(reasonsOf(count)).toEqual([expect.stringMatching(reason)]);
  });

  it('leaves a sound product behind, or changes nothing, whatever it finds', () => {
    const units = fc.integer({ min: 0, max: 6 });
    const allocation: fc.Arbitrary<Allocation> = fc.record({ allocated: units, reserved: units, sold: units });
    const channel = fc.constantFrom('ota', 'direct', 'web');
    // A channel is among the rows because a reservation is, and that has a unit at least.
    const rowUnits = fc.record({ reserved: units, sold: units }).filter(({ reserved, sold }) => reserved + sold > 0);
    const mapOf = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Map<string, T>> =>
      fc.array(fc.tuple(channel, value), { maxLength: 4 }).map((entries) => new Map(entries));
    const count: fc.Arbitrary<ProductCount> = fc
      .record({
        allocations: mapOf(allocation),
        rows: mapOf(rowUnits),
        balances: mapOf(allocation),
        seqs: fc.tuple(units, units),
      })
      .chain(({ allocations, rows, balances, seqs: [movementSeq, seq] }) => {
        const sum = [...allocations.values()].reduce((all, { allocated }) => all + allocated, 0);
        return fc.constantFrom(sum, sum, sum, sum + 1).map((sellableCap) => ({
          productId: 106,
          counters: { sellableCap, movementSeq, allocations },
          rows,
          ledger: { seq, balances },
        }));
      });
    const seen = { sound: 0, repaired: 0, refused: 0 };
    fc.assert(
      fc.property(count, (found) => {
        const decision = decideRepair(found);
        seen[decision.kind] += 1;
        const { counters, rows, ledger } = found;
        const fits = [...rows].every(([id, { reserved, sold }]) => {
          const allocated = counters?.allocations.get(id)?.allocated;
          return allocated !== undefined && reserved + sold <= allocated;
        });
        if (!fits) expect(decision.kind).toBe('refused');
        if (decision.kind !== 'repaired') return;
        const { allocations, movementSeq, movements } = decision;
        const balances = new Map(ledger.balances);
        for (const { channelId, allocated, reserved, sold } of movements) {
          balances.set(channelId, { allocated, reserved, sold });
        }
        const after = {
          ...found,
          counters: { sellableCap: counters?.sellableCap ?? 0, movementSeq, allocations },
          ledger: { seq: movements.at(-1)?.seq ?? 0, balances },
        };
        expect(differencesOf(after)).toEqual([]);
        expect(movements.map(({ seq }) => seq)).toEqual(
          movements.map((_, n) => Math.max(counters?.movementSeq ?? 0, ledger.seq) + 1 + n),
        );
      }),
      { numRuns: 2_000 },
    );
    // What was generated reaches both.
    expect(Math.min(seen.repaired, seen.refused)).toBeGreaterThan(100);
  });
});

function noChannel(): ProductCount {
  const counters = { sellableCap: 0, movementSeq: 3, allocations: new Map() };
  return { productId: 106, counters, rows: new Map(), ledger: { seq: 2, balances: new Map() } };
}
