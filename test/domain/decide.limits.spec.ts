import { decide } from '../../src/domain/decide.js';
import type { Outcome, Situation } from '../../src/domain/decision.js';
import type { OutstandingUnits } from '../../src/domain/outstanding.js';
import { NO_LIMITS, type HoldLimits } from '../../src/domain/hold-limits.js';
import {
  activate,
  cancel,
  decided,
  expire,
  extend,
  held,
  NOW,
  overdueHolds,
  partner,
  reserve,
  situation,
  situationOf,
  sold,
} from './builders.js';

const limited = (limits: Partial<HoldLimits>) => partner({ limits: { ...NO_LIMITS, ...limits } });

const counted = (at: Situation, units: Partial<OutstandingUnits> = {}): Situation => ({
  ...at,
  outstanding: new Map([['partner-a', { held: 0, sold: 0, heldInAll: 0, ...units }]]),
});

const one = ({ outcomes: [outcome] }: { outcomes: readonly Outcome[] }): Outcome | undefined => outcome;
const codesOf = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind));

describe('a reserve within the limits of its partner', () => {
  it.each<[string, Partial<HoldLimits>, Partial<OutstandingUnits>]>([
    ['to the last unit of a product', { heldPerProductMax: 10 }, { held: 6, sold: 500, heldInAll: 900 }],
    ['to the last unit in all', { heldMax: 10 }, { heldInAll: 6 }],
    ['to the last unit of its quota', { productQuota: 10 }, { held: 2, sold: 4 }],
  ])('is held, %s', (_, limits, units) => {
    const outcome = one(decided(counted(situation(50), units), [reserve({ partner: limited(limits), quantity: 4 })]));
    expect(outcome?.kind).toBe('reserved');
  });
});

describe('a reserve beyond them is refused, saying which it is and what is left:', () => {
  it.each<[string, Partial<HoldLimits>, Partial<OutstandingUnits>, object, string]>([
    [
      'units of a product',
      { heldPerProductMax: 10 },
      { held: 7 },
      { limit_name: 'held_per_product_max', limit: 10, outstanding: 7, left: 3 },
      'Your limit is 10 units held of product 106; 7 are, so 3 are left and 4 were requested. Ask for 3 or fewer, or activate or cancel holds first.',
    ],
    [
      'units in all',
      { heldMax: 10 },
      { held: 1, heldInAll: 10 },
      { limit_name: 'held_max', limit: 10, outstanding: 10, left: 0 },
      'Your limit is 10 units held of all products; 10 are, so 0 are left and 4 were requested. Activate or cancel holds first.',
    ],
    [
      'a quota',
      { productQuota: 10 },
      { held: 2, sold: 6 },
      { limit_name: 'product_quota', limit: 10, outstanding: 8, left: 2 },
      'Your limit is 10 units held and sold of product 106; 8 are, so 2 are left and 4 were requested. Ask for 2 or fewer, or cancel holds first, or ask the operator for more.',
    ],
    [
      'a limit that was set below what is out',
      { heldPerProductMax: 3 },
      { held: 9 },
      { limit_name: 'held_per_product_max', limit: 3, outstanding: 9, left: 0 },
      'Your limit is 3 units held of product 106; 9 are, so 0 are left and 4 were requested. Activate or cancel holds first.',
    ],
    [
      'none at all',
      { heldPerProductMax: 0 },
      {},
      { limit_name: 'held_per_product_max', limit: 0, outstanding: 0, left: 0 },
      'Your limit is 0 units held of product 106; 0 are, so 0 are left and 4 were requested. Activate or cancel holds first.',
    ],
  ])('%s', (_, limits, units, facts, detail) => {
    const { outcomes, movements } = decided(counted(situation(50), units), [
      reserve({ partner: limited(limits), quantity: 4 }),
    ]);
    expect(outcomes).toEqual([
      {
        kind: 'refused',
        refusal: { code: 'hold_limit_reached', detail, facts: { product_id: 106, requested: 4, ...facts } },
      },
    ]);
    expect(movements).toEqual([]);
  });

  it.each<[string, Parameters<typeof reserve>[0], string]>([
    ['what is available', { quantity: 51 }, 'insufficient_inventory'],
    ['the largest request', { quantity: 11 }, 'quantity_out_of_range'],
    ['the longest hold', { quantity: 5, expiresAt: NOW + 700_000 }, 'expiry_out_of_range'],
    ['nothing else', { quantity: 5 }, 'hold_limit_reached'],
  ])('before it comes %s', (_, command, code) => {
    const partnerTerms = { ...limited({ heldPerProductMax: 4 }), quantityMax: 10 };
    const at = counted(situation(50, { overdue: overdueHolds() }));
    expect(codesOf(decided(at, [reserve({ ...command, partner: partnerTerms })]).outcomes)).toEqual([code]);
  });
});

describe('what a batch itself does counts for its later commands:', () => {
  const terms = limited({ heldPerProductMax: 5, heldMax: 20, productQuota: 8 });
  const more = (quantity: number) => reserve({ partner: terms, reservationId: `res_${quantity}`, quantity });

  it.each<[string, Situation, Parameters<typeof decide>[1], string[]]>([
    ['a hold', counted(situation(50)), [more(3), more(4), more(2)], ['reserved', 'hold_limit_reached', 'reserved']],
    [
      'a sale, for the quota only',
      counted(situationOf(held()), { held: 5, heldInAll: 5 }),
      [more(1), activate({ partner: terms }), more(3), more(1)],
      ['hold_limit_reached', 'activated', 'reserved', 'hold_limit_reached'],
    ],
    [
      'a sale of some, the rest of which comes back',
      counted(situationOf(held()), { held: 5, heldInAll: 5 }),
      [activate({ partner: terms, quantity: 1 }), more(5)],
      ['activated', 'reserved'],
    ],
    [
      'a hold that is cancelled',
      counted(situationOf(held()), { held: 5, heldInAll: 20 }),
      [more(1), cancel({ partner: terms }), more(5)],
      ['hold_limit_reached', 'cancelled', 'reserved'],
    ],
    [
      'a sale that is cancelled',
      counted(situationOf(sold()), { sold: 5 }),
      [more(4), cancel({ partner: terms }), more(4)],
      ['hold_limit_reached', 'cancelled', 'reserved'],
    ],
    [
      'not an overdue hold that is released: it was not counted',
      counted(situation(4, { overdue: overdueHolds({ ...held(), expiresAt: NOW }) }), { held: 2 }),
      [expire(), more(4), more(3)],
      ['expired', 'hold_limit_reached', 'reserved'],
    ],
  ])('%s', (_, at, commands, codes) => {
    expect(codesOf(decided(at, commands).outcomes)).toEqual(codes);
  });
});

describe('extensions', () => {
  it.each([
    [0, 0, false],
    [1, 0, true],
    [1, 1, false],
    [3, 2, true],
    [2, 3, false],
  ])('up to %i are had by a hold that has had %i: %s', (extensionsMax, extensions, had) => {
    const at = situationOf(held({ extensions }));
    const outcome = one(decided(at, [extend({ partner: limited({ extensionsMax }) })]));
    if (had) {
      expect(outcome).toMatchObject({ kind: 'extended', reservation: { extensions: extensions + 1 } });
      return;
    }
    expect(outcome).toEqual({
      kind: 'refused',
      refusal: {
        code: 'hold_limit_reached',
        detail: `Your limit is ${extensionsMax} extensions of a hold; this one has had ${extensions}. Activate it before it ends, or reserve again then.`,
        facts: { limit_name: 'extensions_max', limit: extensionsMax, outstanding: extensions, left: 0 },
      },
    });
  });

  it('are not used up by asking for the expiry that the hold has', () => {
    const at = situationOf(held({ extensions: 1 }));
    const again = extend({ partner: limited({ extensionsMax: 1 }), expiresAt: NOW + 60_000 });
    expect(one(decided(at, [again]))).toMatchObject({ kind: 'extended', again: true });
  });

  it('are counted within a batch', () => {
    const terms = limited({ extensionsMax: 1 });
    const later = (ms: number) => extend({ partner: terms, expiresAt: NOW + ms });
    expect(codesOf(decided(situationOf(held()), [later(70_000), later(80_000)]).outcomes)).toEqual([
      'extended',
      'hold_limit_reached',
    ]);
  });
});

it('a limit is never taken for kept when nobody has counted', () => {
  expect(() => decide(situation(50), [reserve({ partner: limited({ heldMax: 10 }) })], NOW)).toThrow(
    'the units of partner partner-a were not counted',
  );
});
