import type { Command, IdempotencyKey } from '../../src/domain/command.js';
import { decide } from '../../src/domain/decide.js';
import { type Decision, keptAnswerId, type Situation } from '../../src/domain/decision.js';
import * as given from './builders.js';
import { activate, cancel, expire, extend, hold, NOW, overdueHolds, partner, reserve, situation } from './builders.js';

const decided = (at: Situation, ...commands: readonly Command[]): Decision => given.decided(at, commands);

const key = (name: string, fingerprint = 'f1'): IdempotencyKey => ({ key: name, fingerprint });
const answer = { fingerprint: 'f1', status: 201, body: '{"kept":true}' };
const kept = { [keptAnswerId('partner-a', 'k')]: answer };
const REUSED = {
  kind: 'refused',
  refusal: {
    code: 'idempotency_key_reused',
    detail: expect.stringContaining('Repeat the first request unchanged, or send this one under a new key.'),
    facts: {
      errors: [{ parameter: 'Idempotency-Key', detail: 'already used for a different operation or body' }],
    },
  },
};

describe('an idempotency key', () => {
  it('repeats an answer within the batch: one hold, one line, one key', () => {
    const again = decided(
      situation(10),
      reserve({ reservationId: 'res_1', quantity: 4, idempotency: key('k') }),
      reserve({ reservationId: 'res_2', quantity: 4, idempotency: key('k') }),
    );
    expect(again.outcomes).toMatchObject([
      { kind: 'reserved', reservation: { id: 'res_1' }, again: false },
      { kind: 'reserved', reservation: { id: 'res_1' }, again: true },
    ]);
    expect([again.reservations, again.movements, again.keys].map((rows) => rows.length)).toEqual([1, 1, 1]);
  });

  it('replays a kept answer to the letter, and changes nothing', () => {
    const at = situation(10, { kept });
    expect(decided(at, reserve({ idempotency: key('k') }))).toMatchObject({
      outcomes: [{ kind: 'replayed', answer }],
      allocations: at.product?.allocations,
      movementSeq: 7,
      reservations: [],
      movements: [],
      keys: [],
    });
  });

  it.each<[string, Situation, Parameters<typeof reserve>[0]]>([
    ['sold out', situation(0, { kept, overdue: overdueHolds() }), {}],
    ['retired, or gone', { ...situation(10, { kept }), product: undefined }, {}],
    ['asked for with an expiry that has passed since', situation(10, { kept }), { expiresAt: NOW - 1 }],
    ['past the limit, which was lowered', situation(500, { kept }), { quantity: 400 }],
  ])('replays although the product is %s', (_, at, command) => {
    expect(decided(at, reserve({ ...command, idempotency: key('k') })).outcomes).toMatchObject([{ kind: 'replayed' }]);
  });

  it('is refused for another request, in the same batch and later', () => {
    const inBatch = decided(
      situation(10),
      reserve({ reservationId: 'res_1', idempotency: key('k') }),
      reserve({ reservationId: 'res_2', idempotency: key('k', 'f2') }),
    );
    expect(inBatch.outcomes).toMatchObject([{ kind: 'reserved' }, REUSED]);
    expect(decided(situation(10, { kept }), reserve({ idempotency: key('k', 'f2') })).outcomes).toMatchObject([REUSED]);
  });

  it('is free again after a refusal', () => {
    const { outcomes, keys } = decided(
      situation(10),
      reserve({ reservationId: 'res_1', quantity: 0, idempotency: key('k') }),
      reserve({ reservationId: 'res_2', quantity: 1, idempotency: key('k', 'f2') }),
    );
    expect(outcomes).toMatchObject([{ kind: 'refused' }, { kind: 'reserved', reservation: { id: 'res_2' } }]);
    expect(keys).toMatchObject([{ key: 'k', fingerprint: 'f2' }]);
  });

  it('belongs to its partner', () => {
    const other = partner({ id: 'partner-b' });
    const { outcomes } = decided(situation(10, { kept }), reserve({ partner: other, idempotency: key('k', 'f2') }));
    expect(outcomes).toMatchObject([{ kind: 'reserved' }]);
  });

  it.each(['K', 'k ', ' k'])('compares byte for byte: %j is not "k"', (name) => {
    const { outcomes } = decided(situation(10, { kept }), reserve({ idempotency: key(name, 'f2') }));
    expect(outcomes).toMatchObject([{ kind: 'reserved' }]);
  });

  it('is not needed: two requests without one are two reservations', () => {
    const commands = ['res_1', 'res_2'].map((reservationId) => reserve({ reservationId }));
    const { reservations, keys } = decided(situation(10), ...commands);
    expect(reservations.map(({ id }) => id)).toEqual(['res_1', 'res_2']);
    expect(keys).toEqual([]);
  });
});

describe('expire', () => {
  const overdue = overdueHolds(hold('h1', 2, NOW - 30), hold('h2', 3, NOW - 20), hold('h3', 4, NOW));

  it('asks for the overdue holds first, as many as it may release', () => {
    const commands = [expire('ota', 2), expire('ota', 3), reserve({ quantity: 5 }), expire('direct', 7)];
    expect(decide(situation(10), commands, NOW)).toEqual({
      kind: 'overdue-wanted',
      holdsMax: new Map([
        ['ota', 10],
        ['direct', 7],
      ]),
    });
  });

  it('asks for none on behalf of steps, nor of requests past their limit', () => {
    const commands = [expire('ota', 2), activate(), extend(), cancel(), reserve({ quantity: 101 })];
    expect(decide(situation(10), commands, NOW)).toEqual({
      kind: 'overdue-wanted',
      holdsMax: new Map([['ota', 2]]),
    });
  });

  it("asks for as many as a request at its partner's limit may need", () => {
    expect(decide(situation(10), [reserve({ quantity: 100 })], NOW)).toMatchObject({
      holdsMax: new Map([['ota', 100]]),
    });
  });

  it('never asks for fewer than none', () => {
    expect(decide(situation(10), [expire('ota', -5), expire('ota', 2)], NOW)).toMatchObject({
      holdsMax: new Map([['ota', 2]]),
    });
  });

  it('gives the units back, oldest first, at most as many holds as it was told', () => {
    const { outcomes, expired, allocations, movementSeq } = decided(situation(1, { overdue }), expire('ota', 2));
    expect(expired.map(({ id }) => id)).toEqual(['h1', 'h2']);
    expect(outcomes).toEqual([{ kind: 'expired', holds: expired }]);
    expect(allocations.get('ota')).toEqual({ allocated: 10, reserved: 4, sold: 0 });
    expect(movementSeq).toBe(9);
  });

  it('releases a hold once, whoever comes first', () => {
    const { outcomes, expired } = decided(
      situation(0, { overdue }),
      expire('ota', 1),
      reserve({ quantity: 4 }),
      expire('ota', 5),
      expire('ota', 5),
    );
    expect(outcomes).toMatchObject([
      { holds: [{ id: 'h1' }] },
      { kind: 'reserved' },
      { holds: [{ id: 'h3' }] },
      { holds: [] },
    ]);
    expect(expired.map(({ id }) => id)).toEqual(['h1', 'h2', 'h3']);
  });

  it('leaves a hold that is not overdue, even if it was read', () => {
    const notYet = { oldest: [hold('h1', 2, NOW + 1)], units: 0 };
    expect(decided(situation(1, { overdue: notYet }), expire()).expired).toEqual([]);
  });

  it('finds nothing of a product that does not exist', () => {
    const { outcomes, movementSeq } = decided({ ...situation(1), product: undefined }, expire());
    expect(outcomes).toEqual([{ kind: 'expired', holds: [] }]);
    expect(movementSeq).toBe(0);
  });

  it('releases the holds of a retired product too', () => {
    const { product: found, ...rest } = situation(1, { overdue });
    const retired = { ...rest, product: found && { ...found, sellable: false } };
    expect(decided(retired, expire()).expired).toHaveLength(3);
  });
});
