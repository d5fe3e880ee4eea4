import fc from 'fast-check';

import type { Allocations } from '../../src/domain/allocation.js';
import { explainUnits, type PartnerUnits, shareForPartners } from '../../src/domain/explanation.js';

const units = (of: Partial<PartnerUnits>): PartnerUnits => ({
  channelId: 'ota',
  partnerId: 'a',
  held: 0,
  overdue: 0,
  sold: 0,
  holds: 0,
  nextExpiry: undefined,
  ...of,
});
const of = (shares: Record<string, [allocated: number, reserved: number, sold: number]>): Allocations =>
  new Map(
    Object.entries(shares).map(([id, [allocated, reserved, sold]]) => [id, { allocated, reserved, sold }] as const),
  );

describe('explainUnits', () => {
  it('tells each channel by the units of its partners, and when its first hold ends', () => {
    const { channels, all } = explainUnits(of({ ota: [20, 7, 3], direct: [5, 0, 0] }), [
      units({ partnerId: 'a', held: 4, sold: 3, holds: 2, nextExpiry: 90 }),
      units({ partnerId: 'b', held: 1, overdue: 2, holds: 1, nextExpiry: 80 }),
    ]);
    expect(channels).toEqual([
      {
        ...{ channelId: 'direct', allocated: 5, free: 5, held: 0, overdue: 0, sold: 0, unaccounted: 0 },
        nextExpiry: undefined,
      },
      { channelId: 'ota', allocated: 20, free: 10, held: 5, overdue: 2, sold: 3, unaccounted: 0, nextExpiry: 80 },
    ]);
    expect(all).toEqual({ free: 15, held: 5, overdue: 2, sold: 3, unaccounted: 0 });
  });

  it('has a channel that has reservations and no share', () => {
    const { channels } = explainUnits(of({}), [units({ held: 2 })]);
    expect(channels).toMatchObject([{ channelId: 'ota', allocated: 0, free: 0, held: 2, unaccounted: -2 }]);
  });

  it('sums to what was given, whatever counters and reservations say', () => {
    const share = fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50));
    const reservations = fc.record({
      channelId: fc.constantFrom('ota', 'direct', 'other'),
      partnerId: fc.constantFrom('a', 'b'),
      held: fc.nat(50),
      overdue: fc.nat(50),
      sold: fc.nat(50),
      holds: fc.nat(5),
      nextExpiry: fc.option(fc.nat(), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('ota', 'direct'), share), fc.array(reservations), (shares, all) => {
        const told = explainUnits(of(shares), all);
        for (const part of [...told.channels, { ...told.all, allocated: sum(told.channels, 'allocated') }])
          expect(part.free + part.held + part.overdue + part.sold + part.unaccounted).toBe(part.allocated);
        expect(sum(told.channels, 'held')).toBe(told.all.held);
      }),
    );
  });
});

const sum = <K extends string>(of: readonly Readonly<Record<K, number>>[], part: K): number =>
  of.reduce((total, each) => total + each[part], 0);

describe('shareForPartners', () => {
  it('has overdue units free', () => {
    expect(shareForPartners({ allocated: 10, reserved: 5, sold: 2 }, 3)).toEqual({
      allocated: 10,
      free: 6,
      held: 2,
      sold: 2,
    });
  });

  it('is never below 0, should more be overdue than the counter has', () => {
    expect(shareForPartners({ allocated: 10, reserved: 1, sold: 2 }, 3)).toMatchObject({ free: 8, held: 0 });
  });
});
