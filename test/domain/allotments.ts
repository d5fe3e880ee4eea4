import fc from 'fast-check';

import { type Allocation, unitsFree } from '../../src/domain/allocation.js';
import type { AllotChange } from '../../src/domain/allotment.js';
import { versionOf } from '../../src/domain/allotment.js';
import type { AllotCommand, Command } from '../../src/domain/command.js';
import { decide } from '../../src/domain/decide.js';
import type { Decision, Outcome, OverdueHolds, Situation } from '../../src/domain/decision.js';
import type { Hold } from '../../src/domain/reservation.js';
import { expire, hold, NOW, partner, reserve, situation } from './builders.js';

export const CHANNELS = ['cruise', 'direct', 'ota'] as const;

/** A product as MySQL has it, with all its overdue holds. */
export interface Stock {
  readonly allocations: ReadonlyMap<string, Allocation>;
  readonly movementSeq: number;
  /** By channel, oldest first. */
  readonly overdue: ReadonlyMap<string, readonly Hold[]>;
}

export const capOf = ({ allocations }: Pick<Stock, 'allocations'>): number =>
  [...allocations.values()].reduce((sum, { allocated }) => sum + allocated, 0);

export const unitsOf = (holds: readonly Hold[]): number => holds.reduce((sum, { quantity }) => sum + quantity, 0);

/** Units that are free, and those of overdue holds. */
export const givable = (stock: Stock, channelId: string): number => {
  const share = stock.allocations.get(channelId);
  return share ? unitsFree(share) + unitsOf(stock.overdue.get(channelId) ?? []) : 0;
};

export const allot = (change: AllotChange, command: Partial<AllotCommand> = {}): AllotCommand => ({
  kind: 'allot',
  change,
  expected: undefined,
  dryRun: false,
  by: { actor: 'key:1', reason: 'why' },
  partner: { id: 'operator' },
  idempotency: undefined,
  ...command,
});

/** @param shares of each channel: units allocated, held for longer, sold, and of overdue holds, oldest first */
export function stockOf(
  shares: Readonly<Record<string, { allocated: number; held?: number; sold?: number; overdue?: readonly number[] }>>,
): Stock {
  const entries = Object.entries(shares).map(([channelId, { allocated, held = 0, sold = 0, overdue = [] }]) => {
    const holds = overdue.map((units, n) => ({
      ...hold(`${channelId}_${n}`, units, NOW - overdue.length + n),
      channelId,
    }));
    return { channelId, holds, share: { allocated, reserved: held + unitsOf(holds), sold } };
  });
  return {
    allocations: new Map(entries.map(({ channelId, share }) => [channelId, share])),
    movementSeq: 7,
    overdue: new Map(entries.map(({ channelId, holds }) => [channelId, holds])),
  };
}

/** What is read with the row locked. */
export function situationAt(stock: Stock, overdue: ReadonlyMap<string, OverdueHolds> = new Map()): Situation {
  const { allocations, movementSeq } = stock;
  const { product, ...rest } = situation(0);
  if (!product) throw new Error('the builder has no product');
  return { ...rest, product: { ...product, allocations, movementSeq, sellableCap: capOf(stock) }, overdue };
}

/** Decides as src/reservation/command-batch.ts does: overdue holds are read when they are wanted, once a channel. */
export function decidedOn(stock: Stock, commands: readonly Command[], kept: Situation['kept'] = new Map()): Decision {
  const overdue = new Map<string, OverdueHolds>();
  for (;;) {
    const decision = decide({ ...situationAt(stock, overdue), kept }, commands, NOW);
    if (decision.kind === 'decided') return decision;
    for (const [channelId, holdsMax] of decision.holdsMax) {
      if (overdue.has(channelId)) throw new Error(`the overdue holds of ${channelId} are wanted again`);
      const all = stock.overdue.get(channelId) ?? [];
      overdue.set(channelId, { oldest: all.slice(0, holdsMax), units: unitsOf(all) });
    }
  }
}

/** The stock once that was written. */
export function stockAfter(stock: Stock, { allocations, movementSeq, expired }: Decision): Stock {
  const gone = new Set(expired.map(({ id }) => id));
  const overdue = new Map([...stock.overdue].map(([id, holds]) => [id, holds.filter((one) => !gone.has(one.id))]));
  return { allocations, movementSeq, overdue };
}

/** What becomes of a single command. */
export function only(stock: Stock, command: Command): Outcome {
  const [outcome] = decidedOn(stock, [command]).outcomes;
  if (!outcome) throw new Error('no outcome');
  return outcome;
}

export const transfer = (from: string, to: string, units: number): AllotChange => ({
  kind: 'transfer',
  from,
  to,
  units,
});

/** Ten units free on `direct`; on `ota` 2 free, 3 held, 4 sold and two overdue holds of 2 and 5. */
export const STOCK = stockOf({
  direct: { allocated: 10 },
  ota: { allocated: 16, held: 3, sold: 4, overdue: [2, 5] },
});

const units = fc.nat({ max: 12 });

/** Some channels have no share; the last is often small. */
export const stocks: fc.Arbitrary<Stock> = fc
  .record(
    Object.fromEntries(
      CHANNELS.map((id) => [
        id,
        fc.option(
          fc.record({
            free: units,
            held: units,
            sold: units,
            overdue: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }),
          }),
          { freq: 6, nil: undefined },
        ),
      ]),
    ),
  )
  .map((shares) =>
    stockOf(
      Object.fromEntries(
        Object.entries(shares).flatMap(([id, share]) => {
          if (!share) return [];
          const { free, held, sold, overdue } = share;
          const allocated = free + held + sold + overdue.reduce((sum, one) => sum + one, 0);
          return [[id, { allocated, held, sold, overdue }]];
        }),
      ),
    ),
  );

const channel = fc.constantFrom(...CHANNELS);
const some = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 25 }) },
  { weight: 1, arbitrary: fc.constant(2_147_483_647) },
);
const twoChannels = fc.shuffledSubarray([...CHANNELS], { minLength: 2, maxLength: 2 });

export const changes: fc.Arbitrary<AllotChange> = fc.oneof(
  fc
    .record({ sellableCap: fc.oneof(fc.nat({ max: 100 }), some), channelId: channel })
    .map((cap): AllotChange => ({ kind: 'cap', ...cap })),
  fc
    .dictionary(channel, some, { minKeys: 1, maxKeys: 3 })
    .map((wanted): AllotChange => ({ kind: 'allocate', allocated: new Map(Object.entries(wanted)) })),
  fc
    .tuple(twoChannels, some)
    .map(([[from = '', to = ''], by]): AllotChange => ({ kind: 'transfer', from, to, units: by })),
  fc.tuple(twoChannels, some).map(([[from = '', to = ''], keep]): AllotChange => ({ kind: 'release', from, to, keep })),
);

/** Changes for real, to try, for the allotment that there was at first, under keys; and what partners do meanwhile. */
export const batches: fc.Arbitrary<{ readonly stock: Stock; readonly commands: readonly Command[] }> = fc
  .record({
    stock: stocks,
    wishes: fc.array(
      fc.oneof(
        {
          weight: 4,
          arbitrary: fc.record({
            change: changes,
            dryRun: fc.constantFrom(false, false, true),
            matching: fc.constantFrom(false, false, true),
            key: fc.option(fc.record({ key: fc.constantFrom('k1', 'k2'), fingerprint: fc.constantFrom('f1', 'f2') })),
          }),
        },
        { weight: 2, arbitrary: fc.record({ channelId: channel, quantity: fc.integer({ min: 1, max: 9 }) }) },
        { weight: 1, arbitrary: fc.record({ channelId: channel, holdsMax: fc.nat({ max: 3 }) }) },
      ),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ stock, wishes }) => ({
    stock,
    commands: wishes.map((wish, n): Command => {
      if ('holdsMax' in wish) return expire(wish.channelId, wish.holdsMax);
      if ('quantity' in wish) {
        const { channelId, quantity } = wish;
        return reserve({ reservationId: `res_${n}`, partner: partner({ channelId }), quantity });
      }
      const { change, dryRun, matching, key } = wish;
      const expected = matching ? versionOf({ sellableCap: capOf(stock), allocations: stock.allocations }) : undefined;
      return allot(change, { dryRun, expected, idempotency: dryRun ? undefined : (key ?? undefined) });
    }),
  }));
