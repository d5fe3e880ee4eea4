import { type Allocation, unitsFree } from '../../src/domain/allocation.js';
import type { Decision } from '../../src/domain/decision.js';
import { type Model, unitsOf } from './model.js';

/** What docs/architecture.md says of the data at any time. Throws what doesn't hold. */
export function expectSound(model: Model): void {
  const shares = [...model.allocations];
  const cap = (of: Iterable<Allocation>): number => [...of].reduce((sum, { allocated }) => sum + allocated, 0);
  expect(cap(model.allocations.values())).toBe(cap(model.balancesAtStart.values()));
  for (const [channel, share] of shares) {
    expect(share.reserved).toBeGreaterThanOrEqual(0);
    expect(share.sold).toBeGreaterThanOrEqual(0);
    expect(unitsFree(share)).toBeGreaterThanOrEqual(0);
    expect({ channel, reserved: share.reserved }).toEqual({ channel, reserved: unitsOf(model.active(channel)) });
  }
  expectChained(model);
}

/** The ledger has no gap, each line follows from the one before it of its channel, and it ends in the counters. */
function expectChained({ ledger, balancesAtStart, allocations, movementSeq }: Model): void {
  const balances = new Map(balancesAtStart);
  const firstSeq = movementSeq - ledger.length + 1;
  ledger.forEach(({ seq, channelId, kind, units, allocated, reserved, sold }, n) => {
    const before = balances.get(channelId) ?? { allocated: 0, reserved: 0, sold: 0 };
    expect(units).toBeGreaterThan(0);
    expect({ seq, allocated, reserved, sold }).toEqual({
      ...before,
      seq: firstSeq + n,
      reserved: before.reserved + (kind === 'reserved' ? units : -units),
    });
    balances.set(channelId, { allocated, reserved, sold });
  });
  expect(balances).toEqual(new Map(allocations));
}

/** Each row that changes has its line in the ledger, and there is no line without one. */
export function expectLedgerOf({ movements, reservations, expired }: Decision): void {
  const lines = (of: 'reserved' | 'expired'): string[] =>
    movements.filter(({ kind }) => kind === of).map(({ reservationId, units }) => `${reservationId} ${units}`);
  const rows = (of: readonly { id: string; quantity: number }[]): string[] =>
    of.map(({ id, quantity }) => `${id} ${quantity}`);
  expect(lines('reserved')).toEqual(rows(reservations));
  expect(lines('expired')).toEqual(rows(expired));
  expect(movements).toHaveLength(reservations.length + expired.length);
}
