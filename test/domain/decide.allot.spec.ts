import { ALLOT_HOLDS_MAX } from '../../src/domain/allot.js';
import type { AllotChange } from '../../src/domain/allotment.js';
import { decide } from '../../src/domain/decide.js';
import { allot, decidedOn, only, type Stock, STOCK, stockOf, transfer } from './allotments.js';
import { expire, hold, NOW, partner, reserve, situation } from './builders.js';

const allocatedBy = (stock: Stock, change: AllotChange): unknown => {
  const decision = decidedOn(stock, [allot(change)]);
  const [outcome] = decision.outcomes;
  return outcome?.kind === 'allotted'
    ? {
        cap: outcome.after.sellableCap,
        ...Object.fromEntries([...decision.allocations].map(([id, { allocated }]) => [id, allocated])),
      }
    : outcome;
};

describe('a change of an allotment', () => {
  it.each<[string, AllotChange, object]>([
    ['raises the cap', { kind: 'cap', sellableCap: 30, channelId: 'direct' }, { cap: 30, direct: 14, ota: 16 }],
    ['lowers the cap', { kind: 'cap', sellableCap: 20, channelId: 'direct' }, { cap: 20, direct: 4, ota: 16 }],
    [
      'lowers it at another channel',
      { kind: 'cap', sellableCap: 24, channelId: 'ota' },
      { cap: 24, direct: 10, ota: 14 },
    ],
    [
      'lowers the cap to what is in use',
      { kind: 'cap', sellableCap: 16, channelId: 'direct' },
      { cap: 16, direct: 0, ota: 16 },
    ],
    [
      'says what a channel has',
      { kind: 'allocate', allocated: new Map([['direct', 3]]) },
      { cap: 19, direct: 3, ota: 16 },
    ],
    [
      'says what each has',
      {
        kind: 'allocate',
        allocated: new Map([
          ['ota', 7],
          ['direct', 19],
        ]),
      },
      { cap: 26, direct: 19, ota: 7 },
    ],
    [
      'gives a new channel its first units',
      { kind: 'allocate', allocated: new Map([['cruise', 5]]) },
      { cap: 31, direct: 10, ota: 16, cruise: 5 },
    ],
    ['transfers', transfer('direct', 'ota', 4), { cap: 26, direct: 6, ota: 20 }],
    ['transfers all there is', transfer('direct', 'ota', 10), { cap: 26, direct: 0, ota: 26 }],
    [
      'transfers to a channel without a share',
      transfer('direct', 'cruise', 4),
      { cap: 26, direct: 6, ota: 16, cruise: 4 },
    ],
    [
      'releases what is not sold',
      { kind: 'release', from: 'ota', to: 'direct', keep: 0 },
      { cap: 26, direct: 19, ota: 7 },
    ],
    ['keeps some', { kind: 'release', from: 'ota', to: 'direct', keep: 4 }, { cap: 26, direct: 15, ota: 11 }],
    [
      'releases nothing of what it keeps',
      { kind: 'release', from: 'ota', to: 'direct', keep: 9 },
      { cap: 26, direct: 10, ota: 16 },
    ],
    [
      'releases nothing of nothing',
      { kind: 'release', from: 'cruise', to: 'direct', keep: 0 },
      { cap: 26, direct: 10, ota: 16 },
    ],
  ])('%s', (_, change, expected) => {
    expect(allocatedBy(STOCK, change)).toEqual(expected);
  });

  it('writes who, why and the balances into the ledger, givers first', () => {
    const { movements, sellableCap, movementSeq } = decidedOn(STOCK, [
      allot({
        kind: 'allocate',
        allocated: new Map([
          ['cruise', 1],
          ['ota', 14],
          ['direct', 8],
        ]),
      }),
    ]);
    const line = { by: { actor: 'key:1', reason: 'why' } };
    expect(movements).toEqual([
      { ...line, seq: 8, channelId: 'direct', kind: 'deallocated', units: 2, allocated: 8, reserved: 0, sold: 0 },
      { ...line, seq: 9, channelId: 'ota', kind: 'deallocated', units: 2, allocated: 14, reserved: 10, sold: 4 },
      { ...line, seq: 10, channelId: 'cruise', kind: 'allocated', units: 1, allocated: 1, reserved: 0, sold: 0 },
    ]);
    expect({ sellableCap, movementSeq }).toEqual({ sellableCap: 23, movementSeq: 10 });
  });

  it('to what is so already changes nothing, and is no refusal', () => {
    const decision = decidedOn(STOCK, [allot({ kind: 'allocate', allocated: new Map([['direct', 10]]) })]);
    expect(decision.outcomes).toMatchObject([{ kind: 'allotted', changes: [] }]);
    expect(decision).toMatchObject({ movements: [], sellableCap: undefined, movementSeq: 7 });
  });

  it('tells of each channel what it was and is', () => {
    expect(only(STOCK, allot(transfer('ota', 'direct', 1)))).toMatchObject({
      changes: [
        {
          channelId: 'ota',
          before: { allocated: 16, reserved: 10, sold: 4 },
          after: { allocated: 15, reserved: 10, sold: 4 },
        },
        { channelId: 'direct', before: { allocated: 10 }, after: { allocated: 11 } },
      ],
    });
  });
});

describe('overdue holds', () => {
  it.each([
    [2, []],
    [3, ['ota_0']],
    [4, ['ota_0']],
    [5, ['ota_0', 'ota_1']],
    [9, ['ota_0', 'ota_1']],
  ])('of a channel that gives %i units are released as far as that needs them', (units, released) => {
    const { expired, movements } = decidedOn(STOCK, [allot(transfer('ota', 'direct', units))]);
    expect(expired.map(({ id }) => id)).toEqual(released);
    expect(movements.map(({ kind }) => kind)).toEqual([...released.map(() => 'expired'), 'deallocated', 'allocated']);
  });

  it('are not read for a change that does without', () => {
    const decision = decide(situation(5), [allot(transfer('ota', 'direct', 5))], NOW);
    expect(decision.kind).toBe('decided');
  });

  it.each([true, false])('are read for a change that needs them (dry run: %s), so many at most', (dryRun) => {
    const decision = decide(situation(5), [allot(transfer('ota', 'direct', 6), { dryRun })], NOW);
    expect(decision).toEqual({ kind: 'overdue-wanted', holdsMax: new Map([['ota', ALLOT_HOLDS_MAX]]) });
  });

  it('are used for one change up to a limit, so that those after it in the batch find theirs', () => {
    const many = Array.from({ length: ALLOT_HOLDS_MAX + 10 }, () => 1);
    const stock = stockOf({ direct: { allocated: 1 }, ota: { allocated: many.length, overdue: many } });
    const release = allot({ kind: 'release', from: 'ota', to: 'direct', keep: 0 });
    const alone = decidedOn(stock, [release]);
    expect(alone.expired).toHaveLength(ALLOT_HOLDS_MAX);
    // Whoever tries it is told the same, whatever else is in the batch.
    const { outcomes, expired } = decidedOn(stock, [
      allot({ kind: 'release', from: 'ota', to: 'direct', keep: 0 }, { dryRun: true }),
      release,
      reserve({ partner: partner(), quantity: 8 }),
      expire('ota', 500),
    ]);
    expect(outcomes).toMatchObject([
      { kind: 'allotted', dryRun: true },
      { kind: 'allotted', after: alone.outcomes[0] && 'after' in alone.outcomes[0] ? alone.outcomes[0].after : {} },
      { kind: 'reserved' },
      { kind: 'expired' },
    ]);
    expect(outcomes[0]).toEqual({ ...outcomes[1], dryRun: true });
    expect(expired).toHaveLength(many.length);
  });

  it('of another channel are read later, when a change that they allowed leaves too little there', () => {
    const stock = stockOf({
      direct: { allocated: 5, overdue: [3] },
      ota: { allocated: 6, overdue: [6] },
      cruise: { allocated: 0 },
    });
    const { outcomes } = decidedOn(stock, [
      allot({
        kind: 'allocate',
        allocated: new Map([
          ['direct', 3],
          ['ota', 0],
          ['cruise', 8],
        ]),
      }),
      reserve({ partner: partner({ channelId: 'direct' }), quantity: 2 }),
    ]);
    expect(outcomes).toMatchObject([{ kind: 'allotted' }, { kind: 'reserved' }]);
  });

  it('are left to those that are not overdue', () => {
    const at = situation(0, { overdue: { oldest: [hold('h1', 4, NOW + 1)], units: 4 } });
    const decision = decide(at, [allot(transfer('ota', 'direct', 1))], NOW);
    expect(decision).toMatchObject({ outcomes: [{ kind: 'refused' }], expired: [] });
  });
});
