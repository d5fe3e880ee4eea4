import fc from 'fast-check';

import { readAllocations, storeAllocations, unitsFree } from '../../src/domain/allocation.js';
import { compareCustomerTypes, customerTypes, majorAmounts, majorUnits, minorUnits } from '../../src/domain/pricing.js';
import { isOverdue, NEXT_STATUSES, type ReservationStatus, statusAt } from '../../src/domain/reservation.js';

describe('allocations', () => {
  it('are read with a missing number as 0', () => {
    expect(readAllocations({ ota: { allocated: 5 }, direct: {}, b2b: { reserved: 1, sold: 2 } })).toEqual(
      new Map([
        ['ota', { allocated: 5, reserved: 0, sold: 0 }],
        ['direct', { allocated: 0, reserved: 0, sold: 0 }],
        ['b2b', { allocated: 0, reserved: 1, sold: 2 }],
      ]),
    );
  });

  it('come back from storage as they went, whatever the channels are called', () => {
    const units = fc.nat();
    const allocations = fc.dictionary(fc.string(), fc.record({ allocated: units, reserved: units, sold: units }));
    fc.assert(
      fc.property(allocations, (stored) => {
        const read = readAllocations(stored);
        expect(readAllocations(JSON.parse(JSON.stringify(storeAllocations(read))) as typeof stored)).toEqual(read);
        expect(read.size).toBe(Object.keys(stored).length);
      }),
    );
  });

  it('have free what is neither held nor sold', () => {
    expect(unitsFree({ allocated: 10, reserved: 3, sold: 2 })).toBe(5);
  });
});

describe('money', () => {
  it.each([
    ['288.00', 28_800],
    ['0.29', 29],
    ['1.15', 115],
    ['99999999.99', 9_999_999_999],
    [100, 10_000],
    [0.57, 57],
    ['0', 0],
  ])('%s is %d minor units', (amount, minor) => {
    expect(minorUnits(amount)).toBe(minor);
  });

  it('comes back exactly from MySQL and from JSON', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999_999_999 }), (minor) => {
        expect(minorUnits((minor / 100).toFixed(2))).toBe(minor);
        expect(minorUnits(JSON.parse(JSON.stringify(majorUnits(minor))) as number)).toBe(minor);
        expect(String(majorUnits(minor))).toMatch(/^\d+(\.\d{1,2})?$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('majorAmounts', () => {
  it('are the same amounts by name', () => {
    expect(majorAmounts({ child: 10_000, elderly: 5_050, vip: 0 })).toEqual({ child: 100, elderly: 50.5, vip: 0 });
  });
});

describe('customerTypes', () => {
  const of = (...products: Record<string, number>[]): string[] =>
    customerTypes(products.map((discountsMinor) => ({ discountsMinor })));

  it('are adult alone without any product or discount', () => {
    expect([of(), of({})]).toEqual([['adult'], ['adult']]);
  });

  it('are those of all products, once each, in a fixed order', () => {
    expect(of({ vip: 1, child: 1 }, { student: 1, family: 1, elderly: 1, child: 1, adult: 1 })).toEqual([
      'adult',
      'child',
      'elderly',
      'student',
      'family',
      'vip',
    ]);
  });

  it('end with unknown ones by name', () => {
    expect(of({ veteran: 1, vip: 1 }, { agent: 1 })).toEqual(['adult', 'vip', 'agent', 'veteran']);
  });

  it.each([
    ['adult', 'vip', -1],
    ['vip', 'adult', 1],
    ['vip', 'agent', -1],
    ['agent', 'veteran', -1],
    ['veteran', 'agent', 1],
    ['adult', 'adult', 0],
    ['agent', 'agent', 0],
  ])('compare %s with %s: %d', (a, b, sign) => {
    expect(Math.sign(compareCustomerTypes(a, b))).toBe(sign);
  });

  it('are in the same order however they come', () => {
    const inOrder = ['adult', 'child', 'elderly', 'student', 'family', 'vip', 'Adult', 'agent', 'veteran'];
    fc.assert(
      fc.property(fc.shuffledSubarray(inOrder), (types) => {
        const expected = inOrder.filter((type) => types.includes(type));
        expect([...types].sort(compareCustomerTypes)).toEqual(expected);
      }),
    );
  });
});

describe('a reservation', () => {
  const all: ReservationStatus[] = ['active', 'activated', 'expired', 'cancelled'];
  const allowed = ['active>activated', 'active>expired', 'active>cancelled', 'activated>cancelled'];

  it.each(all.flatMap((from) => all.map((to) => [from, to] as const)))('goes from %s to %s or not', (from, to) => {
    expect((NEXT_STATUSES[from] as readonly string[]).includes(to)).toBe(allowed.includes(`${from}>${to}`));
  });

  it.each(['expired', 'cancelled'] as const)('goes nowhere from %s', (ended) => {
    expect(NEXT_STATUSES[ended]).toEqual([]);
  });

  it.each([
    [-1, false],
    [0, true],
    [1, true],
  ])('is overdue %d ms after its expiry: %s', (afterMs, overdue) => {
    expect(isOverdue({ expiresAt: 5_000 }, 5_000 + afterMs)).toBe(overdue);
  });
});

describe('the status that anyone is told', () => {
  it.each<[ReservationStatus, afterMs: number, told: ReservationStatus]>([
    ['active', -1, 'active'],
    ['active', 0, 'expired'],
    ['active', 1, 'expired'],
    ['activated', 1, 'activated'],
    ['cancelled', 1, 'cancelled'],
    ['expired', -1, 'expired'],
  ])('of %s, %d ms after its expiry: %s', (status, afterMs, told) => {
    expect(statusAt({ status, expiresAt: 5_000 }, 5_000 + afterMs)).toBe(told);
  });
});
