import type { Command, ReserveCommand } from '../../src/domain/command.js';
import { decide } from '../../src/domain/decide.js';
import type { Outcome, OverdueWanted, Situation } from '../../src/domain/decision.js';
import { decided, held, hold, NOW, overdueHolds, partner, PRODUCT_ID, reserve, situation } from './builders.js';
import { isOfReservation } from './model.js';

function wanted(at: Situation, commands: readonly Command[]): OverdueWanted {
  const decision = decide(at, commands, NOW);
  if (decision.kind === 'decided') throw new Error('nothing is wanted');
  return decision;
}

const outcomeOf = (at: Situation, command: Partial<ReserveCommand>): Outcome | undefined =>
  decided(at, [reserve(command)]).outcomes[0];

/** Free units, and none overdue. */
const withFree = (units: number): Situation => situation(units, { overdue: overdueHolds() });

describe('an accepted reserve', () => {
  it('holds the units, writes one line in the ledger and keeps the key', () => {
    const idempotency = { key: 'k', fingerprint: 'f' };
    const { outcomes, ...changes } = decided(situation(10), [reserve({ quantity: 4, idempotency })]);
    const reservation = held({ quantity: 4, quantityHeld: 4, createdAt: NOW, expiresAt: NOW + 60_000 });
    const done = { kind: 'reserved', reservation, again: false };
    expect(outcomes).toEqual([done]);
    expect(changes).toEqual({
      kind: 'decided',
      allocations: new Map([
        ['ota', { allocated: 10, reserved: 4, sold: 0 }],
        ['direct', { allocated: 50, reserved: 0, sold: 0 }],
      ]),
      movementSeq: 8,
      reservations: [reservation],
      changed: [],
      orders: [],
      expired: [],
      movements: [
        {
          seq: 8,
          channelId: 'ota',
          kind: 'reserved',
          units: 4,
          reservationId: 'res_1',
          partnerId: 'partner-a',
          allocated: 10,
          reserved: 4,
          sold: 0,
        },
      ],
      keys: [{ partnerId: 'partner-a', key: 'k', fingerprint: 'f', done }],
      outstanding: new Map(),
    });
  });

  it.each([
    ['the default', undefined, NOW + 60_000],
    ['one millisecond ahead', NOW + 1, NOW + 1],
    ["the partner's longest hold", NOW + 600_000, NOW + 600_000],
  ])('ends when it was asked to: %s', (_, expiresAt, ends) => {
    expect(outcomeOf(situation(10), { expiresAt })).toMatchObject({
      kind: 'reserved',
      reservation: { expiresAt: ends },
    });
  });

  it('takes the last unit', () => {
    expect(outcomeOf(situation(10), { quantity: 10 })).toMatchObject({ kind: 'reserved' });
  });

  it("takes as many units as the partner's limit", () => {
    expect(outcomeOf(situation(500), { quantity: 100 })).toMatchObject({ kind: 'reserved' });
  });

  it('sees the units that its neighbours in the batch took', () => {
    const commands = [6, 5, 4].map((quantity, n) => reserve({ reservationId: `res_${n}`, quantity }));
    expect(decided(withFree(10), commands).outcomes).toMatchObject([
      { kind: 'reserved' },
      { kind: 'refused', refusal: { facts: { requested: 5, available: 4 } } },
      { kind: 'reserved' },
    ]);
  });
});

describe('a refused reserve', () => {
  const on = (channelId: string): Partial<ReserveCommand> => ({ partner: partner({ channelId }) });

  it.each<[string, Situation, Partial<ReserveCommand>, { code: string; facts: unknown; detail: string | RegExp }]>([
    [
      'an unknown product',
      { ...situation(10), product: undefined },
      {},
      {
        code: 'unknown_product',
        facts: { errors: [{ pointer: '/product_id', detail: 'not a product on sale' }] },
        detail: /no such product on sale/,
      },
    ],
    [
      'a channel without an allocation',
      situation(10),
      on('cruise'),
      {
        code: 'no_allocation',
        facts: {
          product_id: PRODUCT_ID,
          errors: [{ pointer: '/product_id', detail: 'no allocation on your channel' }],
        },
        detail: /^Product 106 has no allocation on channel cruise\./,
      },
    ],
    [
      'a quantity of 0',
      situation(10),
      { quantity: 0 },
      {
        code: 'quantity_out_of_range',
        facts: { limit: 100, errors: [{ pointer: '/quantity', detail: 'must be at least 1' }] },
        detail: 'quantity must be at least 1; a single request may hold from 1 to 100 units.',
      },
    ],
    [
      'more than is available',
      withFree(10),
      { quantity: 11 },
      {
        code: 'insufficient_inventory',
        facts: { product_id: PRODUCT_ID, requested: 11, available: 10 },
        detail: 'Product 106 has 10 units available on channel ota; 11 were requested. Ask for 10 or fewer.',
      },
    ],
    [
      'anything when sold out',
      withFree(0),
      { quantity: 1 },
      {
        code: 'insufficient_inventory',
        facts: { product_id: PRODUCT_ID, requested: 1, available: 0 },
        detail: 'Product 106 is sold out on channel ota: 0 units are available, 1 were requested.',
      },
    ],
    [
      "more than the partner's limit",
      situation(500),
      { quantity: 31, partner: partner({ quantityMax: 30 }) },
      {
        code: 'quantity_out_of_range',
        facts: { limit: 30, errors: [{ pointer: '/quantity', detail: 'must be at most 30' }] },
        detail: 'quantity must be at most 30; a single request may hold from 1 to 30 units.',
      },
    ],
    [
      'an expiry that is now',
      situation(10),
      { expiresAt: NOW },
      {
        code: 'expiry_out_of_range',
        facts: {
          errors: [
            {
              pointer: '/reservation_expires_at',
              detail: 'must lie in the future; it is now 2026-03-01T12:00:00.000Z',
            },
          ],
        },
        detail: 'reservation_expires_at must lie in the future; it is now 2026-03-01T12:00:00.000Z.',
      },
    ],
    [
      'an expiry a millisecond too late',
      situation(10),
      { expiresAt: NOW + 600_001 },
      {
        code: 'expiry_out_of_range',
        facts: {
          errors: [
            {
              pointer: '/reservation_expires_at',
              detail: 'must be 2026-03-01T12:10:00.000Z at the latest, your longest hold',
            },
          ],
        },
        detail: 'reservation_expires_at must be 2026-03-01T12:10:00.000Z at the latest, your longest hold.',
      },
    ],
  ])('names %s', (_, at, command, { code, facts, detail }) => {
    const outcome = outcomeOf(at, command);
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code, facts } });
    expect(outcome?.kind === 'refused' && outcome.refusal.detail).toEqual(
      detail instanceof RegExp ? expect.stringMatching(detail) : detail,
    );
  });

  it('says the same of a retired product as of one that does not exist', () => {
    const { product: found, ...rest } = situation(10);
    const retired = { ...rest, product: found && { ...found, sellable: false } };
    expect(outcomeOf(retired, {})).toEqual(outcomeOf({ ...rest, product: undefined }, {}));
  });

  const late = NOW + 600_001;
  it.each<[string, Situation, Partial<ReserveCommand>, string]>([
    ['product before quantity', { ...situation(10), product: undefined }, { quantity: 0 }, 'unknown_product'],
    ['channel before quantity', situation(10), { ...on('cruise'), quantity: 0 }, 'no_allocation'],
    ['a lower bound before stock', withFree(0), { quantity: 0 }, 'quantity_out_of_range'],
    ['a negative quantity before stock', withFree(0), { quantity: -5 }, 'quantity_out_of_range'],
    ['stock before the limit', withFree(50), { quantity: 101 }, 'insufficient_inventory'],
    ["1800 of the card's runbook", withFree(1799), { quantity: 1800 }, 'insufficient_inventory'],
    ['stock before the expiry', withFree(5), { quantity: 6, expiresAt: late }, 'insufficient_inventory'],
    ['the limit once there is enough', withFree(101), { quantity: 101 }, 'quantity_out_of_range'],
    ['the limit before the expiry', withFree(101), { quantity: 101, expiresAt: late }, 'quantity_out_of_range'],
  ])('puts %s', (_, at, command, code) => {
    expect(outcomeOf(at, command)).toMatchObject({ kind: 'refused', refusal: { code } });
  });
});

describe('a reserve that overdue holds could satisfy', () => {
  it('wants none of them while free units are enough', () => {
    expect(decide(situation(10), [reserve({ quantity: 10 })], NOW).kind).toBe('decided');
  });

  it('wants, once free units are not enough, as many holds as units are asked for within the limits', () => {
    const commands = [
      reserve({ quantity: 7 }),
      reserve({ quantity: 9 }),
      reserve({ quantity: -3 }),
      reserve({ quantity: 101 }),
      reserve({ quantity: 8, partner: partner({ channelId: 'direct' }) }),
    ];
    expect(wanted(situation(10), commands)).toEqual({ kind: 'overdue-wanted', holdsMax: new Map([['ota', 16]]) });
  });

  it('releases the oldest, one by one until it fits, and writes their lines before its own', () => {
    const overdue = overdueHolds(hold('h1', 2, NOW - 30), hold('h2', 3, NOW - 20), hold('h3', 4, NOW));
    const { expired, movements, allocations } = decided(situation(1, { overdue }), [reserve({ quantity: 5 })]);
    expect(expired.map(({ id }) => id)).toEqual(['h1', 'h2']);
    expect(
      movements
        .filter(isOfReservation)
        .map(({ seq, kind, reservationId, reserved }) => [seq, kind, reservationId, reserved]),
    ).toEqual([
      [8, 'expired', 'h1', 7],
      [9, 'expired', 'h2', 4],
      [10, 'reserved', 'res_1', 9],
    ]);
    expect(allocations.get('ota')).toEqual({ allocated: 10, reserved: 9, sold: 0 });
  });

  it('counts all overdue units as available, and releases none when they are too few', () => {
    const overdue = overdueHolds(hold('h1', 2, NOW - 30), hold('h2', 3, NOW));
    const { outcomes, expired } = decided(situation(1, { overdue }), [reserve({ quantity: 7 })]);
    expect(outcomes).toMatchObject([{ kind: 'refused', refusal: { facts: { requested: 7, available: 6 } } }]);
    expect(expired).toEqual([]);
  });

  it.each([
    ['at its expiry', 0, 'reserved'],
    ['a millisecond before', 1, 'refused'],
  ])('takes a hold %s: %d ms, %s', (_, inMs, kind) => {
    const overdue = overdueHolds(...[hold('h1', 5, NOW + inMs)].filter(({ expiresAt }) => expiresAt <= NOW));
    expect(outcomeOf(situation(0, { overdue }), { quantity: 5 })).toMatchObject({ kind });
  });
});
