import { UNITS_MAX } from '../../src/domain/allot.js';
import { type AllotChange, versionOf } from '../../src/domain/allotment.js';
import { decide } from '../../src/domain/decide.js';
import { keptAnswerId } from '../../src/domain/decision.js';
import { allot, decidedOn, only, STOCK, stockOf, transfer } from './allotments.js';
import { NOW, partner, reserve, situation } from './builders.js';

describe('a change is refused', () => {
  it('when the channel has fewer units to give, and says how many', () => {
    expect(only(STOCK, allot(transfer('ota', 'direct', 12)))).toEqual({
      kind: 'refused',
      refusal: {
        code: 'allocation_in_use',
        detail:
          'Channel ota can give 9 units, 3 fewer than 12: of its 16, 10 are held and 4 sold. Take 9 or fewer, or wait for holds to end.',
        facts: { product_id: 106, requested: 12, available: 9 },
      },
    });
  });

  it('when several channels have, and names each', () => {
    const outcome = only(
      STOCK,
      allot({
        kind: 'allocate',
        allocated: new Map([
          ['ota', 6],
          ['direct', 10],
        ]),
      }),
    );
    expect(outcome).toMatchObject({
      refusal: { detail: expect.stringContaining('ota can give 9 units, 1 fewer') as string },
    });
    const stock = stockOf({ direct: { allocated: 9, held: 5 }, ota: { allocated: 8, sold: 2 } });
    const both = only(
      stock,
      allot({
        kind: 'allocate',
        allocated: new Map([
          ['ota', 1],
          ['direct', 2],
        ]),
      }),
    );
    expect(both).toMatchObject({
      refusal: {
        detail: expect.stringMatching(
          /direct can give 4 units, 3 fewer than 7.*ota can give 6 units, 1 fewer than 7/,
        ) as string,
        facts: { requested: 7, available: 4 },
      },
    });
  });

  it.each<[string, AllotChange]>([
    ['a cap below what is in use', { kind: 'cap', sellableCap: 15, channelId: 'direct' }],
    ['a cap taken from a channel without a share', { kind: 'cap', sellableCap: 25, channelId: 'cruise' }],
    ['a transfer from a channel without a share', transfer('cruise', 'ota', 1)],
  ])('for want of units: %s', (_, change) => {
    expect(only(STOCK, allot(change))).toMatchObject({ refusal: { code: 'allocation_in_use' } });
  });

  it('when the units of all would be more than a number of the API', () => {
    const change: AllotChange = { kind: 'allocate', allocated: new Map([['cruise', UNITS_MAX]]) };
    expect(only(STOCK, allot(change))).toMatchObject({
      refusal: { code: 'invalid_allotment', facts: { limit: UNITS_MAX } },
    });
    const most: AllotChange = { kind: 'allocate', allocated: new Map([['cruise', UNITS_MAX - 26]]) };
    expect(only(STOCK, allot(most))).toMatchObject({ kind: 'allotted', after: { sellableCap: UNITS_MAX } });
  });

  it('when there is no such product', () => {
    const at = { ...situation(1), product: undefined };
    expect(decide(at, [allot(transfer('ota', 'direct', 1))], NOW)).toMatchObject({
      outcomes: [{ kind: 'refused', refusal: { code: 'product_not_found' } }],
    });
  });

  it.each([true, false])(
    'when it was meant for another allotment (dry run: %s), whatever there is to give',
    (dryRun) => {
      const expected = '26.direct-11.ota-15';
      expect(only(STOCK, allot(transfer('ota', 'direct', 99), { expected, dryRun }))).toMatchObject({
        refusal: { code: 'allotment_changed', detail: expect.stringContaining('"26.direct-10.ota-16"') as string },
      });
    },
  );
});

describe('the version', () => {
  it('is of cap and allocations, in any order', () => {
    const { allocations } = STOCK;
    expect(versionOf({ sellableCap: 26, allocations })).toBe('26.direct-10.ota-16');
    expect(versionOf({ sellableCap: 26, allocations: new Map([...allocations].reverse()) })).toBe(
      '26.direct-10.ota-16',
    );
  });

  it('stays while partners hold and sell, and lets one of two that saw the same change it', () => {
    const expected = versionOf({ sellableCap: 26, allocations: STOCK.allocations });
    const { outcomes } = decidedOn(STOCK, [
      reserve({ partner: partner({ channelId: 'direct' }), quantity: 3 }),
      allot(transfer('direct', 'ota', 2), { expected }),
      allot(transfer('direct', 'ota', 1), { expected }),
      allot(transfer('direct', 'ota', 1)),
    ]);
    expect(outcomes).toMatchObject([
      { kind: 'reserved' },
      { kind: 'allotted' },
      { kind: 'refused', refusal: { code: 'allotment_changed' } },
      { kind: 'allotted' },
    ]);
  });
});

describe('an idempotency key', () => {
  const idempotency = { key: 'k1', fingerprint: 'f1' };
  const change = transfer('direct', 'ota', 4);

  it('gives the first answer in the same batch, whatever was changed since, and moves nothing again', () => {
    const expected = versionOf({ sellableCap: 26, allocations: STOCK.allocations });
    const { outcomes, allocations, keys } = decidedOn(STOCK, [
      allot(change, { idempotency, expected }),
      allot(transfer('direct', 'ota', 1)),
      allot(change, { idempotency, expected }),
    ]);
    expect(outcomes[2]).toEqual({ ...outcomes[0], again: true });
    expect(allocations.get('direct')?.allocated).toBe(5);
    expect(keys).toEqual([{ ...idempotency, partnerId: 'operator', done: outcomes[0] }]);
  });

  it('gives the first answer later', () => {
    const answer = { fingerprint: 'f1', status: 200, body: 'as it was' };
    const kept = new Map([[keptAnswerId('operator', 'k1'), answer]]);
    const again = allot(transfer('ota', 'direct', 99), { idempotency, expected: 'of long ago' });
    expect(decidedOn(STOCK, [again], kept)).toMatchObject({ outcomes: [{ kind: 'replayed', answer }], movements: [] });
  });

  it('is refused for another change, and not used up by a refusal', () => {
    const { outcomes } = decidedOn(STOCK, [
      allot(transfer('ota', 'direct', 99), { idempotency }),
      allot(change, { idempotency }),
      allot(change, { idempotency: { ...idempotency, fingerprint: 'f2' } }),
    ]);
    expect(outcomes).toMatchObject([
      { refusal: { code: 'allocation_in_use' } },
      { kind: 'allotted', again: false },
      { refusal: { code: 'idempotency_key_reused' } },
    ]);
  });
});
