import { decide } from '../../src/domain/decide.js';
import { Draft } from '../../src/domain/draft.js';
import { expire, hold, NOW, overdueHolds, reserve, situation } from './builders.js';

describe('a situation that cannot be', () => {
  it('is not sold from: overdue units without the holds to release', () => {
    const at = situation(1, { overdue: { oldest: [hold('h1', 2, NOW)], units: 5 } });
    expect(() => decide(at, [reserve({ quantity: 6 })], NOW)).toThrow(/overdue/);
  });

  it('is not written back: overdue holds on a channel without an allocation', () => {
    const overdue = new Map([['cruise', overdueHolds({ ...hold('h1', 2, NOW), channelId: 'cruise' })]]);
    expect(() => decide({ ...situation(1), overdue }, [expire('cruise')], NOW)).toThrow(/cruise/);
  });

  it('has no product to ask', () => {
    const draft = new Draft({ ...situation(1), product: undefined }, NOW);
    expect(draft.exists).toBe(false);
    expect(() => draft.product).toThrow('this product does not exist');
  });
});

describe('overdue holds that have not been read', () => {
  it('are wanted, and none of them is released', () => {
    const draft = new Draft(situation(1), NOW);
    expect(draft.releaseOldest('ota', 5)).toEqual([]);
    expect([...draft.overdueWanted]).toEqual(['ota']);
    expect(draft.changes()).toMatchObject({ movementSeq: 7, expired: [], movements: [] });
  });
});
