import fc from 'fast-check';

import { decide } from '../../src/domain/decide.js';
import type { Situation } from '../../src/domain/decision.js';
import { type ReleaseStatus, releaseCommand } from '../../src/domain/release.js';
import { givable, situationAt, type Stock, STOCK, stocks, unitsOf } from './allotments.js';
import { NOW, partner, reserve } from './builders.js';

const RELEASE = { id: 'rel_1', from: 'ota', to: 'direct', keep: 4 };
const BY = { actor: 'release:rel_1', reason: 'cut-off' };

/** All is read, and the release has this status. */
function at(stock: Stock, status?: ReleaseStatus): Situation {
  const read = [...stock.overdue].map(([id, oldest]) => [id, { oldest, units: unitsOf(oldest) }] as const);
  return { ...situationAt(stock, new Map(read)), releases: new Map(status && [['rel_1', status]]) };
}

function decided(situation: Situation, ...commands: Parameters<typeof decide>[1]) {
  const decision = decide(situation, commands, NOW);
  if (decision.kind !== 'decided') throw new Error('overdue holds are wanted');
  return decision;
}

describe('a timed release', () => {
  it('gives what is not sold but for what is kept, and is done with it', () => {
    const { outcomes, released, movements } = decided(at(STOCK, 'scheduled'), releaseCommand(RELEASE, BY));
    expect(outcomes).toMatchObject([{ kind: 'allotted', dryRun: false }]);
    expect(released).toEqual([{ id: 'rel_1', units: 5 }]);
    expect(movements.map(({ kind, units, by }) => ({ kind, units, by }))).toEqual([
      { kind: 'expired', units: 2, by: BY },
      { kind: 'expired', units: 5, by: BY },
      { kind: 'deallocated', units: 5, by: BY },
      { kind: 'allocated', units: 5, by: BY },
    ]);
  });

  it('of nothing is done all the same', () => {
    const decision = decided(at(STOCK, 'scheduled'), releaseCommand({ ...RELEASE, keep: 99 }, BY));
    expect(decision).toMatchObject({ released: [{ id: 'rel_1', units: 0 }], movements: [] });
  });

  it.each([['done'], ['cancelled'], [undefined]] as const)('that is %s is not carried out', (status) => {
    const decision = decided(at(STOCK, status), releaseCommand(RELEASE, BY));
    expect(decision.outcomes).toMatchObject([{ kind: 'refused', refusal: { code: 'release_settled' } }]);
    expect(decision).toMatchObject({ released: [], movements: [] });
  });

  it('is carried out once in a batch', () => {
    const command = releaseCommand({ ...RELEASE, keep: 0 }, BY);
    const decision = decided(at(STOCK, 'scheduled'), command, reserve({ partner: partner(), quantity: 1 }), command);
    expect(decision.outcomes).toMatchObject([
      { kind: 'allotted' },
      { kind: 'refused', refusal: { code: 'insufficient_inventory' } },
      { kind: 'refused', refusal: { code: 'release_settled' } },
    ]);
    expect(decision.released).toHaveLength(1);
  });

  it('is tried without an id, and says exactly what then happens', () => {
    fc.assert(
      fc.property(stocks, fc.nat({ max: 30 }), (stock, keep) => {
        const tried = decided(at(stock), releaseCommand({ from: 'ota', to: 'direct', keep }, BY));
        const done = decided(at(stock, 'scheduled'), releaseCommand({ ...RELEASE, keep }, BY));
        expect(tried.outcomes).toEqual([{ ...done.outcomes[0], dryRun: true }]);
        expect(tried).toMatchObject({ movements: [], released: [], allocations: stock.allocations });
        expect(done.released).toEqual([{ id: 'rel_1', units: Math.max(0, givable(stock, 'ota') - keep) }]);
      }),
    );
  });
});
