import type { Command } from '../../src/domain/command.js';
import { type Outcome, keptAnswerId } from '../../src/domain/decision.js';
import { isoInstant } from '../../src/domain/instant.js';
import type { Reservation } from '../../src/domain/reservation.js';
import { activate, cancel, decided, extend, held, NOW, partner, PRICING, situationOf, sold } from './builders.js';

const outcomeOf = (reservation: Reservation, command: Command): Outcome | undefined =>
  decided(situationOf(reservation), [command]).outcomes[0];

const STRANGER = partner({ id: 'partner-b' });
/** A minute ago the hold was made; the partner's longest lasts ten minutes. */
const LATEST = NOW + 540_000;

const WAY_OUT: Readonly<Record<string, string>> = {
  activated: 'Cancel it to give the units back.',
  expired: 'Reserve again.',
  cancelled: 'Reserve again.',
};

const statusConflict = (status: string, step: string): unknown => ({
  kind: 'refused',
  refusal: {
    code: 'status_conflict',
    detail: `This reservation is ${status} and can't be ${step}. ${WAY_OUT[status]}`,
    facts: { reservation_status: status },
  },
});

describe('an accepted extension', () => {
  it('has the hold last longer, moves no unit and is on record', () => {
    const { outcomes, changed, orders, movements, allocations } = decided(situationOf(held()), [extend()]);
    const reservation = held({ expiresAt: NOW + 90_000, extensions: 1 });
    expect(outcomes).toEqual([{ kind: 'extended', reservation, again: false }]);
    expect([changed, orders]).toEqual([[reservation], []]);
    expect(movements).toMatchObject([{ seq: 8, kind: 'extended', units: 0, reservationId: 'res_1', reserved: 5 }]);
    expect(allocations).toEqual(situationOf(held()).product?.allocations);
  });

  it.each([
    ['a millisecond', NOW + 60_001],
    ["up to the partner's longest hold, counted from when it was made", LATEST],
  ])('may be by %s', (_, expiresAt) => {
    expect(outcomeOf(held(), extend({ expiresAt }))).toMatchObject({ kind: 'extended', reservation: { expiresAt } });
  });

  it('is counted each time, and the last one lasts', () => {
    const [first, second] = [NOW + 70_000, NOW + 80_000];
    const { outcomes, changed } = decided(situationOf(held()), [
      extend({ expiresAt: first }),
      extend({ expiresAt: first }),
      extend({ expiresAt: second }),
    ]);
    expect(outcomes).toMatchObject([{ again: false }, { again: true }, { again: false }]);
    expect(changed).toEqual([held({ expiresAt: second, extensions: 2 })]);
  });

  it('to the expiry that it has is done already', () => {
    const { outcomes, changed, movements } = decided(situationOf(held()), [extend({ expiresAt: NOW + 60_000 })]);
    expect(outcomes).toEqual([{ kind: 'extended', reservation: held(), again: true }]);
    expect([changed, movements]).toEqual([[], []]);
  });
});

const badExpiry = (bound: string): unknown => ({
  kind: 'refused',
  refusal: {
    code: 'expiry_out_of_range',
    detail: `reservation_expires_at must ${bound}.`,
    facts: { errors: [{ pointer: '/reservation_expires_at', detail: `must ${bound}` }] },
  },
});

describe('a refused extension', () => {
  const EARLIER = 'be later than the present expiry, 2026-03-01T12:01:00.000Z; cancel the hold to end it';
  const LATER = 'be 2026-03-01T12:09:00.000Z at the latest: your longest hold, counted from when it was made';

  it.each([
    ['an earlier expiry', NOW + 59_999, EARLIER],
    ['an expiry in the past', NOW - 1, EARLIER],
    ['an expiry past the longest hold', LATEST + 1, LATER],
  ])('names %s', (_, expiresAt, bound) => {
    expect(outcomeOf(held(), extend({ expiresAt }))).toEqual(badExpiry(bound));
  });

  it.each([
    ['lasts as long as it may', LATEST],
    ['was made when the longest hold was longer', LATEST + 1],
  ])('of a hold that %s says so, whatever is asked', (_, expiresAt) => {
    const bound = `stay ${isoInstant(expiresAt)}: the hold lasts as long as yours may already`;
    for (const asked of [expiresAt - 1, expiresAt + 1]) {
      expect(outcomeOf(held({ expiresAt }), extend({ expiresAt: asked }))).toEqual(badExpiry(bound));
    }
  });

  it.each<[string, Reservation]>([
    ['expired', held({ expiresAt: NOW })],
    ['expired', held({ status: 'expired' })],
    ['activated', sold()],
    ['cancelled', held({ status: 'cancelled' })],
  ])('of one that is %s says so', (status, reservation) => {
    expect(outcomeOf(reservation, extend())).toEqual(statusConflict(status, 'extended'));
  });

  it.each([
    ["another partner's", { partner: STRANGER }],
    ['one that there is not', { reservationId: 'res_2' }],
  ])('of %s finds nothing', (_, command) => {
    expect(outcomeOf(held(), extend(command))).toMatchObject({ refusal: { code: 'reservation_not_found' } });
  });
});

describe('an accepted cancellation', () => {
  it('of a hold gives its units back', () => {
    const { outcomes, changed, orders, movements } = decided(situationOf(held()), [cancel({ reason: 'rain' })]);
    const reservation = held({
      status: 'cancelled',
      cancelledAt: NOW,
      cancelReason: 'rain',
      releasedAt: NOW,
      asked: { cancel: 'asked' },
    });
    expect(outcomes).toEqual([{ kind: 'cancelled', reservation, again: false }]);
    expect([changed, orders]).toEqual([[reservation], []]);
    expect(movements).toMatchObject([{ kind: 'cancelled', units: 5, allocated: 15, reserved: 0, sold: 0 }]);
  });

  it('of a sale cancels its order, and keeps what was sold on record', () => {
    const before = sold({}, { quantity: 3, releasedAt: NOW - 30_000 });
    const { changed, orders, movements } = decided(situationOf(before), [cancel()]);
    expect(changed).toEqual([
      {
        ...before,
        status: 'cancelled',
        cancelledAt: NOW,
        releasedAt: NOW,
        order: { ...before.order, status: 'cancelled', cancelledAt: NOW },
        asked: { activate: 'asked', cancel: 'asked' },
      },
    ]);
    expect(orders).toEqual([]);
    expect(movements).toMatchObject([{ kind: 'cancelled', units: 3, allocated: 13, reserved: 0, sold: 0 }]);
  });

  it('of a sale of the same batch makes the order that it cancels', () => {
    const { orders, changed, movements } = decided(situationOf(held()), [activate({ quantity: 2 }), cancel()]);
    expect(orders).toMatchObject([{ order: { status: 'cancelled', cancelledAt: NOW, quantity: 2 } }]);
    expect(changed).toEqual(orders);
    expect(movements.map(({ kind, units }) => [kind, units])).toEqual([
      ['activated', 2],
      ['returned', 3],
      ['cancelled', 2],
    ]);
  });
});

describe('the cut-off of a sale', () => {
  /** 24 hours before 2026-03-03T00:00+08:00. */
  const CUTOFF = Date.parse('2026-03-01T16:00:00Z');
  const at = (now: number, sale = sold({ visitDate: '2026-03-03' })): Outcome | undefined =>
    decided(situationOf(sale), [cancel()], now).outcomes[0];

  it('leaves time to cancel until the millisecond before', () => {
    expect(at(CUTOFF - 1)).toMatchObject({ kind: 'cancelled' });
  });

  it('ends it', () => {
    expect(at(CUTOFF)).toEqual({
      kind: 'refused',
      refusal: {
        code: 'cutoff_passed',
        detail: expect.stringMatching(
          '^This sale could be cancelled until 2026-03-01T16:00:00.000Z, 24 h before the visit on 2026-03-03',
        ),
        facts: { reservation_status: 'activated' },
      },
    });
  });

  it('is never without a visit date', () => {
    expect(at(CUTOFF * 2, sold())).toMatchObject({ kind: 'cancelled' });
  });

  it('is the beginning of the visit with 0 hours', () => {
    const sale = sold({ visitDate: '2026-03-03' }, { pricing: { ...PRICING, cutoffHours: 0 } });
    const begins = Date.parse('2026-03-02T16:00:00Z');
    expect([at(begins - 1, sale), at(begins, sale)]).toMatchObject([{ kind: 'cancelled' }, { kind: 'refused' }]);
  });

  it('does not matter to a cancellation repeated', () => {
    const cancelled = decided(situationOf(sold({ visitDate: '2026-03-03' })), [cancel()]).changed;
    const { outcomes } = decided(situationOf(...cancelled), [cancel()], CUTOFF + 1);
    expect(outcomes).toEqual([{ kind: 'cancelled', reservation: cancelled[0], again: true }]);
  });
});

describe('a refused cancellation', () => {
  it.each<[string, Reservation]>([
    ['overdue', held({ expiresAt: NOW })],
    ['expired', held({ status: 'expired' })],
  ])('of an %s hold says that it is expired', (_, reservation) => {
    expect(outcomeOf(reservation, cancel())).toEqual(statusConflict('expired', 'cancelled'));
  });

  it.each([
    ["another partner's", { partner: STRANGER }],
    ['one that there is not', { reservationId: 'res_2' }],
  ])('of %s finds nothing', (_, command) => {
    expect(outcomeOf(held(), cancel(command))).toMatchObject({ refusal: { code: 'reservation_not_found' } });
  });
});

describe('a finished step', () => {
  const CANCELLED = held({ status: 'cancelled', asked: { cancel: 'asked' } });

  it.each<[string, Reservation, Command]>([
    ['activated', sold(), activate({ orderId: 2 })],
    ['cancelled', CANCELLED, cancel()],
  ])('is answered again by the same request: %s', (kind, reservation, command) => {
    const { outcomes, changed, orders, movements } = decided(situationOf(reservation), [command, command]);
    const again = { kind, reservation, again: true };
    expect(outcomes).toEqual([again, again]);
    expect([changed, orders, movements]).toEqual([[], [], []]);
  });

  it.each<[string, Reservation, Command]>([
    ['activated', sold(), activate({ fingerprint: 'otherwise' })],
    ['activated', sold(), activate({ fingerprint: 'otherwise', quantity: 0 })],
    ['cancelled', CANCELLED, cancel({ fingerprint: 'otherwise' })],
  ])('differs from another request: %s', (status, reservation, command) => {
    expect(outcomeOf(reservation, command)).toEqual({
      kind: 'refused',
      refusal: {
        code: 'step_differs',
        detail: `This reservation was ${status} by a request with another body. GET it to see how.`,
        facts: { reservation_status: status },
      },
    });
  });

  it('keeps the key of a repeat, with the answer that it got', () => {
    const idempotency = { key: 'k', fingerprint: 'asked' };
    const { keys, outcomes } = decided(situationOf(sold()), [activate({ idempotency })]);
    expect(keys).toEqual([{ ...idempotency, partnerId: 'partner-a', done: outcomes[0] }]);
  });

  it('is replayed under its key whatever has become of the reservation since', () => {
    const answer = { fingerprint: 'asked', status: 200, body: '{}' };
    const at = { ...situationOf(CANCELLED), kept: new Map([[keptAnswerId('partner-a', 'k'), answer]]) };
    const idempotency = { key: 'k', fingerprint: 'asked' };
    expect(decided(at, [activate({ idempotency })]).outcomes).toEqual([{ kind: 'replayed', answer }]);
  });

  it('is not answered to another partner, under no key', () => {
    const idempotency = { key: 'k', fingerprint: 'asked' };
    const commands = [activate({ idempotency }), activate({ idempotency, partner: STRANGER })];
    expect(decided(situationOf(held()), commands).outcomes).toMatchObject([
      { kind: 'activated' },
      { refusal: { code: 'reservation_not_found' } },
    ]);
  });
});
