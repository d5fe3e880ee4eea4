import type { ActivateCommand } from '../../src/domain/command.js';
import type { Outcome } from '../../src/domain/decision.js';
import type { Reservation } from '../../src/domain/reservation.js';
import {
  activate,
  decided,
  expire,
  held,
  NOW,
  overdueHolds,
  partner,
  PRICING,
  reserve,
  situationOf,
} from './builders.js';

const outcomeOf = (command: Partial<ActivateCommand>, hold: Partial<Reservation> = {}): Outcome | undefined =>
  decided(situationOf(held(hold)), [activate(command)]).outcomes[0];

const STRANGER = partner({ id: 'partner-b' });
const SATURDAY = '2026-03-07';

describe('an accepted activation', () => {
  it('sells the units, makes an order of its own price and writes one line', () => {
    const before = held();
    const { outcomes, ...changes } = decided(situationOf(before), [
      activate({ orderId: 77, visitDate: SATURDAY, externalReference: 'BK-4711' }),
    ]);
    const reservation: Reservation = {
      ...before,
      status: 'activated',
      activatedAt: NOW,
      order: {
        id: 77,
        status: 'confirmed',
        quantity: 5,
        visitDate: SATURDAY,
        externalReference: 'BK-4711',
        createdAt: NOW,
        cancelledAt: undefined,
        currency: 'CNY',
        lines: [{ customerType: 'adult', quantity: 5, unitMinor: 31_800, amountMinor: 159_000 }],
        totalMinor: 159_000,
      },
      asked: { activate: 'asked' },
    };
    expect(outcomes).toEqual([{ kind: 'activated', reservation, again: false }]);
    const balances = { allocated: 15, reserved: 0, sold: 5 };
    const common = { channelId: 'ota', reservationId: 'res_1', partnerId: 'partner-a' };
    expect(changes).toEqual({
      kind: 'decided',
      allocations: new Map([['ota', balances]]),
      movementSeq: 8,
      reservations: [],
      changed: [reservation],
      orders: [reservation],
      expired: [],
      movements: [{ ...common, seq: 8, kind: 'activated', units: 5, ...balances }],
      keys: [],
      outstanding: new Map(),
    });
  });

  it('of a part gives the rest back at once, and keeps what was held', () => {
    const { changed, movements, allocations } = decided(situationOf(held()), [activate({ quantity: 2 })]);
    expect(changed).toMatchObject([
      { quantity: 2, quantityHeld: 5, releasedAt: NOW, order: { quantity: 2, totalMinor: 57_600 } },
    ]);
    expect(movements.map(({ kind, units, reserved, sold }) => [kind, units, reserved, sold])).toEqual([
      ['activated', 2, 3, 2],
      ['returned', 3, 0, 2],
    ]);
    expect(allocations.get('ota')).toEqual({ allocated: 15, reserved: 0, sold: 2 });
  });

  it.each<[string, Partial<ActivateCommand>]>([
    ['one unit', { quantity: 1 }],
    ['all that are held', { quantity: 5 }],
    ['a visit today, where the product is', { visitDate: '2026-03-01' }],
    ['a visit in a hundred years', { visitDate: '2126-03-01' }],
    [
      'guests that add up',
      {
        guests: [
          { customerType: 'child', quantity: 4 },
          { customerType: 'adult', quantity: 1 },
        ],
      },
    ],
    ['guests that add up to a part', { quantity: 2, guests: [{ customerType: 'elderly', quantity: 2 }] }],
  ])('may be of %s', (_, command) => {
    expect(outcomeOf(command)).toMatchObject({ kind: 'activated', again: false });
  });

  it('takes place in the last millisecond of the hold', () => {
    expect(outcomeOf({}, { expiresAt: NOW + 1 })).toMatchObject({ kind: 'activated' });
  });

  it('is priced by guest, from what was frozen with the hold', () => {
    const pricing = { ...PRICING, currency: 'EUR', weekdayMinor: 1_000, discountsMinor: { student: 250 } };
    const guests = [
      { customerType: 'student', quantity: 3 },
      { customerType: 'adult', quantity: 2 },
    ];
    expect(outcomeOf({ guests }, { pricing })).toMatchObject({
      reservation: {
        order: { currency: 'EUR', totalMinor: 4_250, lines: [{ amountMinor: 2_000 }, { amountMinor: 2_250 }] },
      },
    });
  });

  it('is of a product that was retired since, too', () => {
    const { product, ...rest } = situationOf(held());
    const retired = { ...rest, product: product && { ...product, sellable: false } };
    expect(decided(retired, [activate()]).outcomes).toMatchObject([{ kind: 'activated' }]);
  });

  it('gives a neighbour in the batch the units that it returns', () => {
    const commands = [activate({ quantity: 2 }), reserve({ reservationId: 'res_2', quantity: 13 })];
    expect(decided(situationOf(held()), commands).outcomes).toMatchObject([
      { kind: 'activated' },
      { kind: 'reserved' },
    ]);
  });
});

type Named = readonly [
  what: string,
  command: Partial<ActivateCommand>,
  hold: Partial<Reservation>,
  refusal: { code: string; detail: string; facts?: unknown },
];

const badGuests = (what: string): Named[3] => ({
  code: 'invalid_guests',
  detail: `guests ${what}.`,
  facts: { errors: [{ pointer: '/guests', detail: what }] },
});
const badQuantity: Named[3] = {
  code: 'quantity_out_of_range',
  detail: 'quantity must be from 1 to 5, the units held; leave it out to sell all of them.',
  facts: { limit: 5, errors: [{ pointer: '/quantity', detail: 'must be from 1 to 5' }] },
};
const notFound: Named[3] = {
  code: 'reservation_not_found',
  detail: 'You have no such reservation. GET /api/ota/reservations lists yours.',
};
const child = (quantity: number): { customerType: string; quantity: number } => ({ customerType: 'child', quantity });

describe('a refused activation', () => {
  it.each<Named>([
    ['a reservation that there is not', { reservationId: 'res_2' }, {}, notFound],
    ["another partner's reservation", { partner: STRANGER }, {}, notFound],
    ["another partner's reservation, even with a bad request", { partner: STRANGER, quantity: 0 }, {}, notFound],
    ['no units', { quantity: 0 }, {}, badQuantity],
    ['fewer units than none', { quantity: -1 }, {}, badQuantity],
    ['more units than are held', { quantity: 6 }, {}, badQuantity],
    [
      'a visit yesterday, where the product is',
      { visitDate: '2026-02-28' },
      {},
      {
        code: 'invalid_visit_date',
        detail: "visit_date must not lie in the past; at the product's place it is 2026-03-01.",
        facts: { errors: [{ pointer: '/visit_date', detail: 'lies in the past' }] },
      },
    ],
    [
      'a visit today, where it is tomorrow already',
      { visitDate: '2026-03-01' },
      { pricing: { ...PRICING, timeZone: 'Pacific/Kiritimati' } },
      {
        code: 'invalid_visit_date',
        detail: "visit_date must not lie in the past; at the product's place it is 2026-03-02.",
        facts: { errors: [{ pointer: '/visit_date', detail: 'lies in the past' }] },
      },
    ],
    [
      'guests that the product is not sold to',
      { guests: [child(3), { customerType: 'vip', quantity: 1 }, { customerType: 'constructor', quantity: 1 }] },
      {},
      badGuests("can't be vip, constructor; this product is sold to adult, child, elderly"),
    ],
    ['too few guests', { guests: [child(4)] }, {}, badGuests('must add up to the 5 units sold; they are 4')],
    ['too many guests', { guests: [child(6)] }, {}, badGuests('must add up to the 5 units sold; they are 6')],
    ['no guests', { guests: [] }, {}, badGuests('must add up to the 5 units sold; they are 0')],
    [
      'guests for all units with a part of them',
      { quantity: 2, guests: [child(5)] },
      {},
      badGuests('must add up to the 2 units sold; they are 5'),
    ],
    [
      'a type nobody is of',
      { guests: [child(0), { customerType: 'adult', quantity: 5 }] },
      {},
      badGuests('must be at least 1 of each type'),
    ],
  ])('names %s', (_, command, hold, refusal) => {
    expect(outcomeOf(command, hold)).toEqual({ kind: 'refused', refusal });
  });

  it('lists the types that the product is sold to once each, in their fixed order', () => {
    const pricing = { ...PRICING, discountsMinor: { vip: 1, elderly: 1, adult: 1, child: 1 } };
    expect(outcomeOf({ guests: [{ customerType: 'student', quantity: 5 }] }, { pricing })).toMatchObject({
      refusal: { detail: "guests can't be student; this product is sold to adult, child, elderly, vip." },
    });
  });

  it.each<[string, Partial<Reservation>, string]>([
    ['of a hold at its expiry', { expiresAt: NOW }, 'expired'],
    ['of a hold past its expiry', { expiresAt: NOW - 1 }, 'expired'],
    ['of an expired hold', { status: 'expired' }, 'expired'],
    ['of a cancelled hold', { status: 'cancelled', asked: { cancel: 'asked' } }, 'cancelled'],
    ['once more, after its cancellation', { status: 'cancelled', asked: { activate: 'asked' } }, 'cancelled'],
  ])('%s says its status', (_, hold, status) => {
    expect(outcomeOf({}, hold)).toEqual({
      kind: 'refused',
      refusal: {
        code: 'status_conflict',
        detail: `This reservation is ${status} and can't be activated. Reserve again.`,
        facts: { reservation_status: status },
      },
    });
  });

  it('is of an overdue hold whether or not its units were taken back in the same batch', () => {
    const overdue = held({ expiresAt: NOW });
    const at = { ...situationOf(overdue), overdue: new Map([['ota', overdueHolds(overdue)]]) };
    expect(decided(at, [activate(), expire(), activate()]).outcomes).toMatchObject([
      { refusal: { code: 'status_conflict' } },
      { kind: 'expired', holds: [{ id: 'res_1' }] },
      { refusal: { code: 'status_conflict' } },
    ]);
  });

  it.each<[string, Partial<ActivateCommand>, Partial<Reservation>, string]>([
    ['status before quantity', { quantity: 0 }, { status: 'expired' }, 'status_conflict'],
    ['quantity before the visit', { quantity: 0, visitDate: '2026-01-01' }, {}, 'quantity_out_of_range'],
    ['the visit before guests', { visitDate: '2026-01-01', guests: [] }, {}, 'invalid_visit_date'],
  ])('puts %s', (_, command, hold, code) => {
    expect(outcomeOf(command, hold)).toMatchObject({ kind: 'refused', refusal: { code } });
  });
});
