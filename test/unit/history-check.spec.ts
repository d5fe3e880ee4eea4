import type { History, Operation } from '../model/history.js';
import { faultsOf } from '../model/history-check.js';
import {
  ANN,
  asked,
  at,
  BOB,
  butWith,
  extend,
  GOOD,
  GOOD_HISTORY,
  held,
  line,
  look,
  reserve,
  soldOut,
  step,
  TOLD,
  units,
} from './histories.js';

describe('a history that one serial order explains', () => {
  it('has no faults', () => {
    expect(faultsOf(GOOD_HISTORY)).toEqual([]);
  });

  it('may have readings on either side of a change that was under way', () => {
    const meanwhile = [0, 1].map((free) => asked([85, 105], look(), 200, units(free)));
    expect(faultsOf(butWith({}, {}, { operations: meanwhile }))).toEqual([]);
  });

  it('may have a change whose first answer was lost, when its repeat is told of it', () => {
    const lost = { ...TOLD.annHolds, answer: undefined };
    expect(faultsOf(butWith({ annHolds: lost }))).toEqual([]);
  });

  it('may have a request that was put off and repeated', () => {
    const putOff = asked([5, 8], reserve(ANN, 2, 'k1'), 503, { code: 'overloaded' });
    expect(faultsOf(butWith({}, {}, { operations: [putOff] }))).toEqual([]);
  });

  it('may have a request that broke off and did nothing', () => {
    const nothing = { ...asked([30, 35], reserve(BOB, 3, 'k9'), 0), answer: undefined };
    expect(faultsOf(butWith({}, {}, { operations: [nothing] }))).toEqual([]);
  });

  it('may have an extension to the very expiry that the hold has', () => {
    expect(faultsOf(butWith({}, {}, { operations: [extendedTo(500)] }))).toEqual([]);
  });
});

/** Ann is told that her first hold, until second 500, was extended before. */
const extendedTo = (second: number): Operation =>
  asked([21, 25], extend(ANN, 'r1', second), 200, { ...held('r1', 2), extensions: 0 }, true);

const CAROL = { ...BOB, id: 'carol' };
const bobTakesTwo = {
  bobHolds: asked([30, 40], reserve(BOB, 2, undefined, 120), 201, held('r2', 2, 120)),
  noneLeft: null,
  annIsRefused: null,
};

const BAD: readonly [what: string, fault: RegExp, history: History][] = [
  [
    'an extension that is said to be a repeat and is not',
    /^a replay of nothing: ann extend reservationId=r1 /,
    butWith({}, {}, { operations: [extendedTo(501)] }),
  ],
  [
    'a unit sold twice',
    /^oversold: 4 held and 0 sold of 3 after line 3 /,
    butWith(bobTakesTwo, { bobHolds: line(3, 31, ['reserved', 2], 'r2', [3, 4, 0], BOB) }),
  ],
  [
    'a unit sold twice behind balances that look right',
    /^wrong balance: line 3 .* says .*"reserved":3.* and it is .*"reserved":4/,
    butWith(bobTakesTwo, { bobHolds: line(3, 31, ['reserved', 2], 'r2', [3, 3, 0], BOB) }),
  ],
  ['a confirmed hold that is gone', /^lost: bob reserve .* was answered 201 /, butWith({}, { bobHolds: null })],
  ['a confirmed sale that is gone', /^lost: ann .*activate.* was answered 200 /, butWith({}, { annSells: null })],
  [
    'a hold released twice',
    /^a expired reservation can't be expired: line 7 /,
    butWith(
      { annCancels: null, annReads: null, allLeft: null },
      { annCancels: line(7, 181, ['expired', 1], 'r2', [3, 0, 1], BOB) },
    ),
  ],
  [
    'units given back twice by one step',
    /^wrong units .*line 7 /,
    butWith({}, { annCancels: line(7, 181, ['cancelled', 2], 'r1', [3, 0, 0]) }),
  ],
  [
    'a hold released before its time',
    /^a hold was released before its time: line 6 /,
    butWith({}, { bobLosesIt: { ...GOOD.bobLosesIt, occurredAt: at(119) } }),
  ],
  [
    'an overdue hold that was sold',
    /^an overdue hold was used: line 4 /,
    butWith({ annHolds: asked([10, 20], reserve(ANN, 2, 'k1', 80), 201, held('r1', 2, 80)), annRepeats: null }),
  ],
  [
    'a replay that differs',
    /^a replay differs: ann reserve /,
    butWith({
      annRepeats: asked([140, 150], reserve(ANN, 2, 'k1'), 201, { ...held('r1', 2), status: 'activated' }, true),
    }),
  ],
  [
    'a request done twice under one key',
    /^done twice: ann reserve /,
    butWith({ annRepeats: asked([140, 150], reserve(ANN, 2, 'k1'), 201, held('r1', 2)) }),
  ],
  ['a replay of nothing', /^a replay of nothing: ann reserve /, butWith({ annHolds: null })],
  [
    'a request that took place though it was put off',
    /^a replay of nothing: ann reserve /,
    butWith({ annHolds: asked([10, 20], reserve(ANN, 2, 'k1'), 503, { code: 'overloaded' }) }),
  ],
  [
    'a replay before the request that it repeats',
    /^unexplained: ann reserve .* replayed /,
    butWith({ annRepeats: asked([1, 2], reserve(ANN, 2, 'k1'), 201, held('r1', 2), true) }),
  ],
  [
    'a change that nobody was told of',
    /^nobody was told of line 8 .*reserved 1 on ota, r9/,
    butWith({}, {}, { ledger: [line(8, 240, ['reserved', 1], 'r9', [3, 1, 0])] }),
  ],
  [
    'a hold of other units than were asked for',
    /^another change: bob reserve .*quantity=1 /,
    butWith({ bobHolds: asked([30, 40], reserve(BOB, 1, undefined, 120), 201, held('r2', 2, 120)) }),
  ],
  [
    "a hold under another partner's name",
    /^another change: bob reserve /,
    butWith({}, { bobHolds: { ...GOOD.bobHolds, partnerId: 'ann' } }),
  ],
  ['a ledger with a gap', /^a gap: line 8 /, butWith({}, { annCancels: { ...GOOD.annCancels, seq: 8 } })],
  [
    'changes in another order than they were answered in',
    /^out of order: line 3 was answered before line 2 was asked for/,
    butWith({ annHolds: { ...TOLD.annHolds, startedAt: at(42), endedAt: at(45) } }),
  ],
  [
    'a stale reading',
    /^unexplained: ann look .*"7":0.*between lines 5 and 6/,
    butWith({ oneLeft: asked([110, 115], look(), 200, units(0)) }),
  ],
  [
    'a reading of what is to come',
    /^unexplained: ann look .*"7":1/,
    butWith({ noneLeft: asked([50, 60], look(), 200, units(1)) }),
  ],
  [
    'a reading that goes back behind another',
    /^unexplained: ann look .*"7":0/,
    butWith({}, {}, { operations: [asked([91, 94], look(), 200, units(1)), asked([95, 99], look(), 200, units(0))] }),
  ],
  [
    'a reading of half a transaction',
    /^unexplained: ann look .*"7":2/,
    // Sold one of three that were held, the rest not yet returned: no moment has one free.
    halfATransaction(),
  ],
  [
    'a refusal while there were units',
    /^unexplained: ann reserve .*409 .*"available":0/,
    butWith({ annIsRefused: asked([195, 199], reserve(ANN, 1), 409, soldOut(1, 0)) }),
  ],
  [
    'a refusal that tells of enough units',
    /^unexplained: ann reserve .*409 .*"available":1/,
    butWith({ annIsRefused: asked([110, 115], reserve(ANN, 1), 409, soldOut(1, 1)) }),
  ],
  [
    'a refused step of a hold that had time left',
    /^unexplained: bob cancel .*409 .*expired/,
    butWith({ bobIsLate: { ...TOLD.bobIsLate, startedAt: at(50), endedAt: at(60) } }),
  ],
  [
    "a reading of another partner's reservation",
    /^unexplained: carol read .*200/,
    butWith({ bobIsAStranger: { ...TOLD.annReads, request: { kind: 'read', by: CAROL, reservationId: 'r1' } } }),
  ],
  [
    'an owner who is told that there is nothing',
    /^unexplained: ann cancel .*404/,
    butWith({ annReads: asked([200, 210], step('cancel', ANN, 'r1'), 404, { code: 'reservation_not_found' }) }),
  ],
  [
    'an answer that is none of the contract',
    /^unexplained: ann look .*500/,
    butWith({ oneLeft: asked([110, 115], look(), 500, { code: 'internal_error' }) }),
  ],
];

describe('the checker finds', () => {
  it.each(BAD)('%s', (_, fault, history) => {
    expect(faultsOf(history)).toContainEqual(expect.stringMatching(fault));
  });
});

/** Between Ann's sale and what she returns, seen as if it had been committed. */
function halfATransaction(): History {
  const hold = asked([300, 310], reserve(ANN, 3), 201, held('r3', 3));
  const sell = asked([320, 330], step('activate', ANN, 'r3', 1), 200, {
    ...held('r3', 1),
    quantity_held: 3,
    status: 'activated',
  });
  const cancel = asked([320, 330], step('cancel', ANN, 'r3'), 200, {
    ...held('r3', 1),
    quantity_held: 3,
    status: 'cancelled',
  });
  return butWith(
    {},
    {},
    {
      operations: [
        hold,
        sell,
        cancel,
        asked([320, 330], look(), 200, units(2)),
        asked([341, 342], look(), 200, units(3)),
      ],
      ledger: [
        line(8, 301, ['reserved', 3], 'r3', [3, 3, 0]),
        line(9, 325, ['activated', 1], 'r3', [3, 2, 1]),
        line(10, 325, ['returned', 2], 'r3', [3, 0, 1]),
        line(11, 325, ['cancelled', 1], 'r3', [3, 0, 0]),
      ],
    },
  );
}
