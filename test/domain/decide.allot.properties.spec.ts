import fc from 'fast-check';

import { type Allocation, unitsFree } from '../../src/domain/allocation.js';
import { NO_UNITS, versionOf } from '../../src/domain/allotment.js';
import type { AllotCommand, Command } from '../../src/domain/command.js';
import { decide } from '../../src/domain/decide.js';
import type { Outcome } from '../../src/domain/decision.js';
import {
  allot,
  batches,
  capOf,
  CHANNELS,
  changes,
  decidedOn,
  givable,
  situationAt,
  type Stock,
  stockAfter,
  stocks,
  unitsOf,
} from './allotments.js';
import { NOW } from './builders.js';
import { deepFrozen } from './frozen.js';

const RUNS = { numRuns: fc.readConfigureGlobal().numRuns ?? 300 };

const always = (holds: (batch: { readonly stock: Stock; readonly commands: readonly Command[] }) => void): void => {
  fc.assert(fc.property(batches, holds), RUNS);
};

const isAllot = (command: Command | undefined): command is AllotCommand => command?.kind === 'allot';

const used = ({ reserved, sold }: Allocation): number => reserved + sold;

describe('a batch with changes of the allotment, whatever is asked', () => {
  it('keeps the sum at the cap, and every unit that is held or sold', () => {
    always(({ stock, commands }) => {
      const { allocations, sellableCap = capOf(stock), outcomes } = decidedOn(stock, commands);
      expect(outcomes).toHaveLength(commands.length);
      expect(capOf({ allocations })).toBe(sellableCap);
      for (const share of allocations.values()) expect(unitsFree(share)).toBeGreaterThanOrEqual(0);
      for (const [id, share] of stock.allocations) {
        const after = allocations.get(id) ?? NO_UNITS;
        // Overdue holds alone may go; nothing here sells or cancels.
        expect(used(after)).toBeGreaterThanOrEqual(used(share) - unitsOf(stock.overdue.get(id) ?? []));
        expect(after.sold).toBe(share.sold);
      }
      const told = outcomes.flatMap((outcome) => (outcome.kind === 'allotted' ? [outcome.after] : []));
      for (const after of told) expect(capOf(after)).toBe(after.sellableCap);
    });
  });

  it('writes a ledger that follows from what was, line by line', () => {
    always(({ stock, commands }) => {
      const decision = decidedOn(stock, commands);
      const balances = new Map(stock.allocations);
      decision.movements.forEach((line, n) => {
        const { allocated, reserved, sold } = balances.get(line.channelId) ?? NO_UNITS;
        const effect = { allocated: 0, deallocated: 0, reserved: 0, expired: 0, [line.kind]: line.units };
        const after = {
          allocated: allocated + effect.allocated - effect.deallocated,
          reserved: reserved + effect.reserved - effect.expired,
          sold,
        };
        expect(line).toMatchObject({ seq: stock.movementSeq + n + 1, ...after });
        expect(line.units).toBeGreaterThan(0);
        balances.set(line.channelId, after);
      });
      expect(balances).toEqual(new Map(decision.allocations));
      expect(decision.movementSeq).toBe(stock.movementSeq + decision.movements.length);
    });
  });

  it('is not changed by what was refused or tried', () => {
    always(({ stock, commands }) => {
      const whole = decidedOn(stock, commands);
      whole.outcomes.forEach((outcome, n) => {
        const command = commands[n];
        const tried = isAllot(command) && command.dryRun;
        if (outcome.kind !== 'refused' && !tried) return;
        const without = decidedOn(stock, commands.toSpliced(n, 1));
        expect(without).toEqual({ ...whole, outcomes: whole.outcomes.toSpliced(n, 1) });
      });
    });
  });

  it('comes to the same as its parts, one after the other', () => {
    always(({ stock, commands: all }) => {
      // Kept answers are another test's.
      const commands = all.map((command) => (isAllot(command) ? { ...command, idempotency: undefined } : command));
      const whole = decidedOn(stock, commands);
      for (let cut = 1; cut < commands.length; cut++) {
        const first = decidedOn(stock, commands.slice(0, cut));
        const second = decidedOn(stockAfter(stock, first), commands.slice(cut));
        expect([...first.outcomes, ...second.outcomes]).toEqual(whole.outcomes);
        expect(second.allocations).toEqual(whole.allocations);
        expect([...first.movements, ...second.movements]).toEqual(whole.movements);
      }
    });
  });

  it('writes to none of its arguments', () => {
    always(({ stock, commands }) => {
      const read = [...stock.overdue].map(([id, oldest]) => [id, { oldest, units: unitsOf(oldest) }] as const);
      const situation = deepFrozen(situationAt(stock, new Map(read)));
      expect(decide(situation, deepFrozen(commands), NOW)).toEqual(decide(situation, commands, NOW));
    });
  });
});

describe('a single change, whatever the stock', () => {
  const single = (holds: (stock: Stock, command: AllotCommand) => void): void => {
    fc.assert(
      fc.property(stocks, changes, (stock, change) => {
        holds(stock, allot(change));
      }),
      RUNS,
    );
  };
  const outcomeOf = (stock: Stock, command: AllotCommand): Outcome | undefined =>
    decidedOn(stock, [command]).outcomes[0];

  it('comes to exactly what trying it said, and trying it changes nothing', () => {
    single((stock, command) => {
      const tried = decidedOn(stock, [{ ...command, dryRun: true }]);
      const [said] = tried.outcomes;
      const [done] = decidedOn(stock, [command]).outcomes;
      expect(said).toEqual(done?.kind === 'allotted' ? { ...done, dryRun: true } : done);
      expect(tried).toEqual({ ...decidedOn(stock, []), outcomes: [said] });
    });
  });

  it('tells the allotment that is then written, and what changed between the two', () => {
    single((stock, command) => {
      const { outcomes, allocations } = decidedOn(stock, [command]);
      const [outcome] = outcomes;
      if (outcome?.kind !== 'allotted') return;
      expect(outcome.after.allocations).toEqual(allocations);
      expect(outcome.before.allocations).toEqual(stock.allocations);
      for (const id of CHANNELS) {
        const by = (allocations.get(id)?.allocated ?? 0) - (stock.allocations.get(id)?.allocated ?? 0);
        const told = outcome.changes.find(({ channelId }) => channelId === id);
        expect((told?.after.allocated ?? 0) - (told?.before.allocated ?? 0)).toBe(by);
      }
    });
  });

  it('does what was asked for: cap, shares, units, or all but so many', () => {
    single((stock, command) => {
      const outcome = outcomeOf(stock, command);
      if (outcome?.kind !== 'allotted') return;
      const { change } = command;
      const of = (id: string): number => outcome.after.allocations.get(id)?.allocated ?? 0;
      const was = (id: string): number => stock.allocations.get(id)?.allocated ?? 0;
      const cap = capOf(stock);
      switch (change.kind) {
        case 'cap':
          expect(outcome.after.sellableCap).toBe(change.sellableCap);
          return;
        case 'allocate':
          for (const [id, units] of change.allocated) expect(of(id)).toBe(units);
          return;
        case 'transfer':
          expect([of(change.from), of(change.to)]).toEqual([
            was(change.from) - change.units,
            was(change.to) + change.units,
          ]);
          expect(outcome.after.sellableCap).toBe(cap);
          return;
        case 'release': {
          const given = Math.max(0, givable(stock, change.from) - change.keep);
          expect([of(change.from), of(change.to)]).toEqual([was(change.from) - given, was(change.to) + given]);
          expect(outcome.after.sellableCap).toBe(cap);
        }
      }
    });
  });

  it('that is refused for want of units takes place with as many as were said, and not with one more', () => {
    fc.assert(
      fc.property(stocks, fc.constantFrom(...CHANNELS), (stock, from) => {
        const to = from === 'ota' ? 'direct' : 'ota';
        const ask = (units: number): Outcome | undefined =>
          outcomeOf(stock, allot({ kind: 'transfer', from, to, units }));
        const available = givable(stock, from);
        expect(ask(available)).toMatchObject({ kind: 'allotted' });
        expect(ask(available + 3)).toMatchObject({
          refusal: { code: 'allocation_in_use', facts: { available, requested: available + 3 } },
        });
        expect(ask(available + 1)).toMatchObject({ refusal: { facts: { available, requested: available + 1 } } });
      }),
      RUNS,
    );
  });

  it('releases overdue holds only as far as it needs them, oldest first', () => {
    single((stock, command) => {
      const { expired, movements } = decidedOn(stock, [command]);
      for (const id of CHANNELS) {
        const own = expired.filter(({ channelId }) => channelId === id);
        expect(own).toEqual((stock.overdue.get(id) ?? []).slice(0, own.length));
        if (own.length === 0) continue;
        const share = stock.allocations.get(id) ?? NO_UNITS;
        const given = movements.find((line) => line.channelId === id && line.kind === 'deallocated')?.units ?? 0;
        expect(unitsFree(share) + unitsOf(own)).toBeGreaterThanOrEqual(given);
        expect(unitsFree(share) + unitsOf(own.slice(0, -1))).toBeLessThan(given);
      }
    });
  });

  it('is refused under any version but that of the allotment', () => {
    single((stock, command) => {
      const version = versionOf({ sellableCap: capOf(stock), allocations: stock.allocations });
      expect(outcomeOf(stock, { ...command, expected: version })).toEqual(outcomeOf(stock, command));
      expect(outcomeOf(stock, { ...command, expected: `${version}0` })).toMatchObject({
        refusal: { code: 'allotment_changed' },
      });
    });
  });
});
