import { type Allocation, unitsFree } from '../../src/domain/allocation.js';
import type { Decision } from '../../src/domain/decision.js';
import type { Movement } from '../../src/domain/movement.js';
import { quote } from '../../src/domain/quote.js';
import type { Order, Reservation, ReservationStatus } from '../../src/domain/reservation.js';
import { isOfReservation, type Model, unitsOf } from './model.js';

/** What docs/architecture.md says of the data at any time. Throws what doesn't hold. */
export function expectSound(model: Model): void {
  const cap = (of: Iterable<Allocation>): number => [...of].reduce((sum, { allocated }) => sum + allocated, 0);
  expect(cap(model.allocations.values())).toBe(cap(model.balancesAtStart.values()));
  for (const [channel, share] of model.allocations) {
    expect(unitsFree(share)).toBeGreaterThanOrEqual(0);
    expect({ channel, reserved: share.reserved, sold: share.sold }).toEqual({
      channel,
      reserved: unitsOf(model.inState('active', channel)),
      sold: unitsOf(model.inState('activated', channel)),
    });
  }
}

/** What it says of the reservations that a batch wrote. */
export function expectSoundRows(model: Model, { reservations, changed, expired }: Decision): void {
  for (const { id } of [...reservations, ...changed, ...expired]) {
    const row = model.rows.get(id);
    if (!row) throw new Error(`${id} was not written`);
    expectSoundRow(row, model);
  }
}

/** What it says of the ledger, from its beginning. */
export function expectSoundLedger(model: Model): void {
  expectChained(model);
  expectLives(model);
}

const ORDER_OF = {
  active: undefined,
  expired: undefined,
  activated: 'confirmed',
  cancelled: 'cancelled',
} as const satisfies Record<ReservationStatus, Order['status'] | undefined>;

/** A sale has its order, on its own terms; what isn't sold has none that is confirmed. */
function expectSoundRow(row: Reservation, { orders }: Model): void {
  const { id, status, quantity, quantityHeld, order } = row;
  expect(quantity).toBeGreaterThan(0);
  expect(quantity).toBeLessThanOrEqual(quantityHeld);
  expect({ id, activated: row.activatedAt !== undefined }).toEqual({ id, activated: order !== undefined });
  expect({ id, cancelled: row.cancelledAt !== undefined }).toEqual({ id, cancelled: status === 'cancelled' });
  if (status === 'active') expect(row.releasedAt).toBeUndefined();
  if (status === 'activated') expect(order).toBeDefined();
  if (!order) return;
  expect(orders.get(order.id)).toEqual(order);
  expect(order).toMatchObject({ status: ORDER_OF[status], quantity, currency: row.pricing.currency });
  expect(unitsOf(order.lines)).toBe(quantity);
  expect(order.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(order.totalMinor);
  expect(order).toMatchObject(quote(row.pricing, order.visitDate, order.lines));
}

/** What a line of the ledger does to its channel's balances. */
function effectOf({ kind, units }: Movement, wasSold: boolean): { reserved: number; sold: number } {
  switch (kind) {
    case 'opened':
      throw new Error('a channel is not opened by a command');
    case 'reserved':
      return { reserved: units, sold: 0 };
    case 'activated':
      return { reserved: -units, sold: units };
    case 'extended':
      return { reserved: 0, sold: 0 };
    case 'expired':
    case 'returned':
      return { reserved: -units, sold: 0 };
    case 'cancelled':
      return wasSold ? { reserved: 0, sold: -units } : { reserved: -units, sold: 0 };
  }
}

/** The ledger has no gap, each line follows from the one before it of its channel, and it ends in the counters. */
function expectChained({ ledger, balancesAtStart, rowsAtStart, allocations, movementSeq }: Model): void {
  const balances = new Map(balancesAtStart);
  const sold = new Set([...rowsAtStart.values()].filter(({ status }) => status === 'activated').map(({ id }) => id));
  const firstSeq = movementSeq - ledger.length + 1;
  ledger.forEach((line, n) => {
    const { seq, channelId, kind, units, allocated, reserved, reservationId } = line;
    const before = balances.get(channelId) ?? { allocated: 0, reserved: 0, sold: 0 };
    const effect = effectOf(line, sold.has(reservationId));
    if (kind === 'extended') expect(units).toBe(0);
    else expect(units).toBeGreaterThan(0);
    expect({ seq, allocated, reserved, sold: line.sold }).toEqual({
      seq: firstSeq + n,
      allocated: before.allocated,
      reserved: before.reserved + effect.reserved,
      sold: before.sold + effect.sold,
    });
    balances.set(channelId, { allocated, reserved, sold: line.sold });
    if (kind === 'activated') sold.add(reservationId);
  });
  expect(balances).toEqual(new Map(allocations));
}

/** Lines that a reservation may have, in order: its units go back once, whichever way. */
const LIFE = /^(reserved )?(extended )*(expired |cancelled |activated (returned )?(cancelled )?)?$/;
const LIFE_SINCE_SALE = /^(cancelled )?$/;
const LIFE_SINCE_END = /^$/;
const LIVES = {
  active: LIFE,
  activated: LIFE_SINCE_SALE,
  cancelled: LIFE_SINCE_END,
  expired: LIFE_SINCE_END,
} as const satisfies Record<ReservationStatus, RegExp>;

/** Of each reservation: it lives one life, and the ledger returns and sells exactly the units that it held. */
function expectLives({ ledger, rows, rowsAtStart }: Model): void {
  for (const id of new Set(ledger.map(({ reservationId }) => reservationId))) {
    const own = ledger.filter(({ reservationId }) => reservationId === id);
    const row = rows.get(id);
    const life = own.map(({ kind }) => `${kind} `).join('');
    expect(life).toMatch(LIVES[rowsAtStart.get(id)?.status ?? 'active']);
    expect(own.every((line) => line.channelId === row?.channelId && line.partnerId === row.partnerId)).toBe(true);
    const units = (...kinds: Movement['kind'][]): number =>
      own.reduce((sum, line) => sum + (kinds.includes(line.kind) ? line.units : 0), 0);
    if (life.includes('reserved')) expect(units('reserved')).toBe(row?.quantityHeld);
    if (life.includes('activated')) expect(units('activated', 'returned')).toBe(row?.quantityHeld);
    if (/expired|cancelled/.test(life)) expect(units('expired', 'cancelled')).toBe(row?.quantity);
  }
}

/** Each row that changes has its line in the ledger, and there is no line without one. */
export function expectLedgerOf({ movements, reservations, changed, orders, expired }: Decision): void {
  const ofReservations = movements.filter(isOfReservation);
  const lines = (of: 'reserved' | 'expired'): string[] =>
    ofReservations.filter(({ kind }) => kind === of).map(({ reservationId, units }) => `${reservationId} ${units}`);
  const named = (of: readonly { id: string; quantity: number }[]): string[] =>
    of.map(({ id, quantity }) => `${id} ${quantity}`);
  expect(lines('reserved')).toEqual(named(reservations));
  expect(lines('expired')).toEqual(named(expired));
  const byStep = ofReservations.filter(({ kind }) => kind !== 'reserved' && kind !== 'expired');
  expect(new Set(byStep.map(({ reservationId }) => reservationId))).toEqual(new Set(changed.map(({ id }) => id)));
  const soldNow = ofReservations.filter(({ kind }) => kind === 'activated').map(({ reservationId }) => reservationId);
  expect(new Set(orders.map(({ id }) => id))).toEqual(new Set(soldNow));
}
