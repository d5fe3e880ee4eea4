import fc from 'fast-check';

import type { PricingSnapshot } from '../../src/domain/pricing.js';
import { basePriceMinor, foldGuests, type GuestCount, quote, unitPriceMinor } from '../../src/domain/quote.js';
import { PRICING } from './builders.js';

const MONDAY = '2026-03-02';
const SATURDAY = '2026-03-07';
const SUNDAY = '2026-03-08';

const guests = (counts: Readonly<Record<string, number>>): GuestCount[] =>
  Object.entries(counts).map(([customerType, quantity]) => ({ customerType, quantity }));

describe('the base price', () => {
  it.each([
    ['a Monday', MONDAY, 28_800],
    ['a Friday', '2026-03-06', 28_800],
    ['a Saturday', SATURDAY, 31_800],
    ['a Sunday', SUNDAY, 31_800],
    ['no day', undefined, 28_800],
    ['a special Thursday, times 1.5', '2026-12-31', 43_200],
  ])('of %s', (_, date, minor) => {
    expect(basePriceMinor(PRICING, date)).toBe(minor);
  });

  it.each<[base: number, milli: number, minor: number, why: string]>([
    [100, 1_005, 101, '1.005 is rounded up, which a float makes 1.00'],
    [100, 1_004, 100, '1.004'],
    [1_000, 1_115, 1_115, 'exactly'],
    [115, 1_150, 132, '1.3225'],
    [33, 1_500, 50, 'half a cent up: 0.495'],
    [35, 1_300, 46, 'half a cent up: 0.455'],
    [1, 500, 1, 'half a cent'],
    [1, 499, 0, 'less than half a cent'],
    [28_800, 0, 0, 'free of charge'],
    [28_800, 1_000, 28_800, 'no change'],
    [999_999_999_999, 1_001, 1_000_999_999_999, 'a price as large as its column'],
    [999_999_999_999, 999_999, 999_998_999_999_000, 'times the largest multiplier'],
    [9_007_199_254_740, 999, 8_998_192_055_485, 'past what a float multiplies exactly'],
  ])('%d times %d thousandths is %d: %s', (weekdayMinor, milli, minor) => {
    const pricing = { ...PRICING, weekdayMinor, specialDatesMilli: { [MONDAY]: milli } };
    expect(basePriceMinor(pricing, MONDAY)).toBe(minor);
  });

  it('of a special weekend starts from the weekend price, and other days are left alone', () => {
    const pricing = { ...PRICING, specialDatesMilli: { [SATURDAY]: 2_000 } };
    expect([SATURDAY, SUNDAY, MONDAY, undefined].map((date) => basePriceMinor(pricing, date))).toEqual([
      63_600, 31_800, 28_800, 28_800,
    ]);
  });
});

describe('the unit price', () => {
  it.each<[type: string, date: string | undefined, minor: number | undefined]>([
    ['adult', MONDAY, 28_800],
    ['child', MONDAY, 18_800],
    ['elderly', SATURDAY, 26_800],
    ['child', '2026-12-31', 33_200],
    ['child', undefined, 18_800],
    ['student', MONDAY, undefined],
    ['Adult', MONDAY, undefined],
    ['', MONDAY, undefined],
    ['constructor', MONDAY, undefined],
    ['toString', MONDAY, undefined],
    ['__proto__', MONDAY, undefined],
    ['hasOwnProperty', MONDAY, undefined],
  ])('for %j on %s: %s', (type, date, minor) => {
    expect(unitPriceMinor(PRICING, date, type)).toBe(minor);
  });

  it.each([
    ['all of it', 28_800, 0],
    ['more than it', 28_801, 0],
    ['all but a cent', 28_799, 1],
    ['nothing', 0, 28_800],
  ])('less a discount of %s', (_, child, minor) => {
    expect(unitPriceMinor({ ...PRICING, discountsMinor: { child } }, MONDAY, 'child')).toBe(minor);
  });

  it('takes the discount off what the day costs, not off the base', () => {
    const pricing = { ...PRICING, weekdayMinor: 10_000, specialDatesMilli: { [MONDAY]: 2_000 } };
    expect(unitPriceMinor(pricing, MONDAY, 'elderly')).toBe(15_000);
  });

  it('takes an own discount for adults too', () => {
    expect(unitPriceMinor({ ...PRICING, discountsMinor: { adult: 800 } }, MONDAY, 'adult')).toBe(28_000);
  });

  it('knows a type that is called like a part of every object, if it has a discount', () => {
    const discountsMinor = JSON.parse('{"constructor": 100, "__proto__": 200}') as Record<string, number>;
    const pricing = { ...PRICING, discountsMinor };
    expect(['constructor', '__proto__'].map((type) => unitPriceMinor(pricing, MONDAY, type))).toEqual([28_700, 28_600]);
  });
});

describe('a quote', () => {
  it('has a line for each type in a fixed order, and their sum', () => {
    expect(quote(PRICING, SATURDAY, guests({ elderly: 1, child: 3, adult: 2 }))).toEqual({
      currency: 'CNY',
      lines: [
        { customerType: 'adult', quantity: 2, unitMinor: 31_800, amountMinor: 63_600 },
        { customerType: 'child', quantity: 3, unitMinor: 21_800, amountMinor: 65_400 },
        { customerType: 'elderly', quantity: 1, unitMinor: 26_800, amountMinor: 26_800 },
      ],
      totalMinor: 155_800,
    });
  });

  it('rounds the unit, so that a line is its units times what one of them costs', () => {
    const pricing = { ...PRICING, weekdayMinor: 100, specialDatesMilli: { [MONDAY]: 1_005 } };
    expect(quote(pricing, MONDAY, guests({ adult: 200 })).totalMinor).toBe(20_200);
  });

  it('of nobody costs nothing', () => {
    expect(quote(PRICING, MONDAY, [])).toEqual({ currency: 'CNY', lines: [], totalMinor: 0 });
  });

  it('is not made for a type that the product is not sold to', () => {
    expect(() => quote(PRICING, MONDAY, guests({ constructor: 1 }))).toThrow(new RangeError('not sold to constructor'));
  });
});

const TYPES = ['adult', 'child', 'elderly', 'student', 'agent'] as const;
const minor = fc.nat({ max: 9_999_999 });
const pricings: fc.Arbitrary<PricingSnapshot> = fc.record({
  currency: fc.constant('CNY'),
  timeZone: fc.constant('Asia/Shanghai'),
  cutoffHours: fc.nat({ max: 99 }),
  weekdayMinor: minor,
  weekendMinor: minor,
  discountsMinor: fc.record({ child: minor, elderly: minor, student: minor, agent: minor }),
  specialDatesMilli: fc.dictionary(fc.constantFrom(MONDAY, SATURDAY), fc.nat({ max: 9_999 })),
});
const dates = fc.constantFrom(undefined, MONDAY, SATURDAY, SUNDAY);
const parties = fc
  .uniqueArray(fc.record({ customerType: fc.constantFrom(...TYPES), quantity: fc.integer({ min: 1, max: 2_000 }) }), {
    selector: ({ customerType }) => customerType,
    maxLength: TYPES.length,
  })
  .map((party): GuestCount[] => party);

describe('a quote, whatever the prices', () => {
  it('adds up exactly, in whole cents, never below 0', () => {
    fc.assert(
      fc.property(pricings, dates, parties, (pricing, date, party) => {
        const { lines, totalMinor } = quote(pricing, date, party);
        expect(totalMinor).toBe(lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0));
        expect(lines.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(
          party.reduce((sum, { quantity }) => sum + quantity, 0),
        );
        for (const { unitMinor, quantity, amountMinor } of lines) {
          expect(Number.isSafeInteger(amountMinor) && unitMinor >= 0).toBe(true);
          expect(amountMinor).toBe(unitMinor * quantity);
        }
      }),
    );
  });

  it('costs no less for one guest more, and no more with a discount than without', () => {
    fc.assert(
      fc.property(pricings, dates, parties, fc.constantFrom(...TYPES), (pricing, date, party, type) => {
        const { totalMinor } = quote(pricing, date, party);
        const more = foldGuests([...party, { customerType: type, quantity: 1 }]);
        expect(quote(pricing, date, more).totalMinor).toBeGreaterThanOrEqual(totalMinor);
        const adults = party.map(({ quantity }) => ({ customerType: 'adult', quantity }));
        expect(totalMinor).toBeLessThanOrEqual(quote(pricing, date, foldGuests(adults)).totalMinor);
      }),
    );
  });

  it('does not hang on the order in which guests are named', () => {
    fc.assert(
      fc.property(pricings, dates, parties, (pricing, date, party) => {
        expect(quote(pricing, date, party.toReversed())).toEqual(quote(pricing, date, party));
      }),
    );
  });

  it('rounds to the nearest cent, half of one up', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e12 }), fc.nat({ max: 999_999 }), (weekdayMinor, milli) => {
        const base = basePriceMinor({ ...PRICING, weekdayMinor, specialDatesMilli: { [MONDAY]: milli } }, MONDAY);
        const over = BigInt(base) * 1_000n - BigInt(weekdayMinor) * BigInt(milli);
        expect(over > -500n && over <= 500n).toBe(true);
      }),
    );
  });
});

describe('foldGuests', () => {
  it.each<[string, GuestCount[], GuestCount[]]>([
    ['nobody', [], []],
    [
      'one type in two places',
      [...guests({ child: 1, adult: 2 }), ...guests({ child: 3 })],
      guests({ child: 4, adult: 2 }),
    ],
    [
      'names that every object has',
      [...guests({ constructor: 1 }), ...guests({ constructor: 2 })],
      guests({ constructor: 3 }),
    ],
  ])('adds up %s, in the order of first mention', (_, named, folded) => {
    expect(foldGuests(named)).toEqual(folded);
  });
});
