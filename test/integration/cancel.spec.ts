import { randomUUID } from 'node:crypto';

import type { Reply, Stepped } from '../support/api.js';
import { PARTNER_A } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { dayIn, endIn, holdUnits, movementsOf, rowOf, state } from '../support/life.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

const demo = useDemoService();
beforeAll(async () => {
  await addProducts(demo.database, [830, 831, 832], { ota: 50 });
  await demo.database.rows('UPDATE products SET cutoff_hours = 24 WHERE id = 831');
});
afterEach(() => expectSound(demo.database));

const cancel = (id: string, body?: unknown, headers?: Record<string, string>): Promise<Reply<Stepped>> =>
  demo.api.step(PARTNER_A, id, 'cancel', body, headers);

const replayed = ({ headers }: Reply<unknown>): boolean => headers.get('idempotency-replayed') === 'true';

async function sold(productId: number, quantity: number, body?: unknown): Promise<Stepped> {
  const hold = await holdUnits(demo.api, productId, quantity);
  const reply = await demo.api.step(PARTNER_A, hold.reservation_id, 'activate', body);
  expect({ status: reply.status, text: reply.text }).toEqual({ status: 200, text: reply.text });
  return reply.body;
}

const orderRow = async (orderId: number | null): Promise<unknown> =>
  (await demo.database.rows('SELECT status, cancelled_at, total_amount FROM orders WHERE id = ?', [orderId ?? 0]))[0];

describe('a hold', () => {
  it('gives its units back at once', async () => {
    const before = await demo.api.available(PARTNER_A, 830);
    const hold = await holdUnits(demo.api, 830, 7);
    const reply = await cancel(hold.reservation_id, { reason: 'Customer withdrew 海' });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      reservation_id: hold.reservation_id,
      status: 'cancelled',
      quantity: 7,
      quantity_held: 7,
      activated_at: null,
      cancelled_at: expect.stringMatching(/Z$/),
      order_id: null,
      order: null,
    });
    expect(await demo.api.available(PARTNER_A, 830)).toBe(before);
    const row = await rowOf(demo.database, hold.reservation_id);
    expect(row).toMatchObject({ status: 'cancelled', cancel_reason: 'Customer withdrew 海', order_id: null });
    expect(row.cancelled_at?.toISOString()).toBe(reply.body.cancelled_at);
    expect(row.released_at).toEqual(row.cancelled_at);
    expect(await movementsOf(demo.database, hold.reservation_id)).toEqual([
      { kind: 'reserved', units: 7, reserved: 7, sold: 0 },
      { kind: 'cancelled', units: 7, reserved: 0, sold: 0 },
    ]);
    expect((await demo.api.reservation(PARTNER_A, hold.reservation_id)).text).toBe(reply.text);
  });

  it('needs no body and no reason', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 830, 1);
    const first = await cancel(id);
    expect(first.status).toBe(200);
    expect((await cancel(id, {})).text).toBe(first.text);
    expect((await rowOf(demo.database, id)).cancel_reason).toBeNull();
  });
});

describe('a sale', () => {
  it.each([
    ['without a date', undefined],
    ['of a day that is far away', dayIn(30)],
    ['of the day after tomorrow, with a cut-off of 24 h', dayIn(2)],
  ])('%s gives its units back, and its order is cancelled', async (_, day) => {
    const before = await demo.api.available(PARTNER_A, 831);
    const sale = await sold(831, 6, { quantity: 4, ...(day !== undefined && { visit_date: day }) });
    expect(await demo.api.available(PARTNER_A, 831)).toBe(before - 4);
    const { status, body } = await cancel(sale.reservation_id, { reason: 'rain' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'cancelled',
      quantity: 4,
      quantity_held: 6,
      activated_at: sale.activated_at,
      order_id: sale.order_id,
      order: { ...sale.order, status: 'cancelled' },
    });
    expect(await demo.api.available(PARTNER_A, 831)).toBe(before);
    const row = await rowOf(demo.database, sale.reservation_id);
    expect(await orderRow(sale.order_id)).toEqual({
      status: 'cancelled',
      cancelled_at: row.cancelled_at,
      total_amount: sale.order?.total_amount.toFixed(2),
    });
    const last = (await movementsOf(demo.database, sale.reservation_id)).at(-1);
    expect(last).toMatchObject({ kind: 'cancelled', units: 4, reserved: 0 });
  });

  it.each([
    ['today', 0],
    ['tomorrow, with a cut-off of 24 h', 1],
  ])('of %s is 409 and stands', async (_, days) => {
    const sale = await sold(831, 2, { visit_date: dayIn(days) });
    const before = await state(demo.database);
    const reply = await cancel(sale.reservation_id, {});
    expectProblem(reply, 409, 'cutoff_passed');
    expect(reply.body.reservation_status).toBe('activated');
    expect(reply.body.detail).toMatch(/\d{4}-\d\d-\d\dT16:00:00\.000Z/);
    expect(await state(demo.database)).toEqual(before);
    expect((await demo.api.reservation(PARTNER_A, sale.reservation_id)).body.order?.status).toBe('confirmed');
  });

  it('of tomorrow without a cut-off can be cancelled, of today not', async () => {
    const tomorrow = await sold(832, 1, { visit_date: dayIn(1) });
    expect((await cancel(tomorrow.reservation_id)).status).toBe(200);
    const today = await sold(832, 1, { visit_date: dayIn(0) });
    expectProblem(await cancel(today.reservation_id), 409, 'cutoff_passed');
  });

  it('has the cut-off that it was held under', async () => {
    const hold = await holdUnits(demo.api, 832, 1);
    await demo.database.rows('UPDATE products SET cutoff_hours = 9999 WHERE id = 832');
    await demo.api.step(PARTNER_A, hold.reservation_id, 'activate', { visit_date: dayIn(9) });
    expect((await cancel(hold.reservation_id)).status).toBe(200);
    await demo.database.rows('UPDATE products SET cutoff_hours = 0 WHERE id = 832');
  });
});

describe('repeated', () => {
  it('is 200 with identical bytes, for a hold and for a sale, and gives nothing back twice', async () => {
    const hold = await holdUnits(demo.api, 107, 3);
    const sale = await sold(107, 3, {
      guests: ['family', 'child', 'elderly'].map((t) => ({ customer_type: t, quantity: 1 })),
    });
    const before = await demo.api.available(PARTNER_A, 107);
    for (const { reservation_id: id } of [hold, sale]) {
      const first = await cancel(id, { reason: 'twice' });
      expect({ status: first.status, replayed: replayed(first) }).toEqual({ status: 200, replayed: false });
      const again = await cancel(id, { reason: 'twice' });
      expect(again.text).toBe(first.text);
      expect({ status: again.status, replayed: replayed(again) }).toEqual({ status: 200, replayed: true });
    }
    expect(await demo.api.available(PARTNER_A, 107)).toBe(before + 6);
  });

  it('with another reason is 409', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 830, 1);
    await cancel(id, { reason: 'one' });
    for (const body of [{ reason: 'another' }, {}, undefined]) {
      const reply = await cancel(id, body);
      expectProblem(reply, 409, 'step_differs');
      expect(reply.body.reservation_status).toBe('cancelled');
    }
    expect((await rowOf(demo.database, id)).cancel_reason).toBe('one');
  });

  it('with a key replays the answer, and the key serves nothing else', async () => {
    const [one, two] = [await holdUnits(demo.api, 830, 1), await holdUnits(demo.api, 830, 1)];
    const key = { 'idempotency-key': randomUUID() };
    const first = await cancel(one.reservation_id, {}, key);
    await demo.restart();
    const again = await cancel(one.reservation_id, undefined, key);
    expect({ text: again.text, replayed: replayed(again) }).toEqual({ text: first.text, replayed: true });
    expectProblem(await cancel(two.reservation_id, {}, key), 422, 'idempotency_key_reused');
    expectProblem(await cancel(one.reservation_id, { reason: 'x' }, key), 422, 'idempotency_key_reused');
  });
});

describe('is refused', () => {
  it('with 409 for an overdue hold', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 830, 1);
    await endIn(demo.database, id, -1);
    const before = await state(demo.database);
    const reply = await cancel(id);
    expectProblem(reply, 409, 'status_conflict');
    expect(reply.body.reservation_status).toBe('expired');
    expect(await state(demo.database)).toEqual(before);
  });

  it.each([
    ['reason a number', { reason: 5 }, '/reason'],
    ['reason null', { reason: null }, '/reason'],
    ['an unknown member', { why: 'x' }, '/why'],
  ])('with 400 for %s', async (_, body, pointer) => {
    const { reservation_id: id } = await holdUnits(demo.api, 830, 1);
    const { errors } = expectProblem(await cancel(id, body), 400, 'malformed_request');
    expect(errors?.[0]?.pointer).toBe(pointer);
  });

  it('with 422 for a reason of more than 500 characters; 500 of any script fit', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 830, 1);
    const { errors } = expectProblem(await cancel(id, { reason: 'x'.repeat(501) }), 422, 'invalid_text');
    expect(errors).toEqual([{ pointer: '/reason', detail: expect.any(String) }]);
    expect((await cancel(id, { reason: '🌧'.repeat(500) })).status).toBe(200);
    expect((await rowOf(demo.database, id)).cancel_reason).toBe('🌧'.repeat(500));
  });
});
