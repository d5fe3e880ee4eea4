import { OWN_SHOP, PARTNER_A, PARTNER_B } from '../support/app.js';
import type { Reply, Stepped } from '../support/api.js';
import { useDemoService } from '../support/demo-service.js';
import { coming, holdUnits, movementsOf, rowOf } from '../support/life.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

const demo = useDemoService();
afterEach(() => expectSound(demo.database));

const [TUESDAY, SATURDAY, SUNDAY, SPECIAL] = [coming(2), coming(6), coming(0), coming(4)];

beforeAll(async () => {
  await addProducts(demo.database, [800, 801, 802], { ota: 50, direct: 10 });
  await demo.database.rows('INSERT INTO special_dates VALUES (?, 1.333)', [SPECIAL]);
});

const activate = (id: string, body?: unknown, key = PARTNER_A): Promise<Reply<Stepped>> =>
  demo.api.step(key, id, 'activate', body);

async function activated(productId: number, quantity: number, body?: unknown, key = PARTNER_A): Promise<Stepped> {
  const hold = await holdUnits(demo.api, productId, quantity, key);
  const reply = await activate(hold.reservation_id, body, key);
  expect({ status: reply.status, text: reply.text }).toEqual({ status: 200, text: reply.text });
  return reply.body;
}

describe('an activation of all that is held', () => {
  it('is answered with the order and its money', async () => {
    const hold = await holdUnits(demo.api, 106, 4);
    const reply = await activate(hold.reservation_id, {
      visit_date: TUESDAY,
      guests: [
        { customer_type: 'child', quantity: 1 },
        { customer_type: 'adult', quantity: 2 },
        { customer_type: 'elderly', quantity: 1 },
      ],
      external_reference: 'BK-4711 · 海',
    });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    expect(reply.headers.get('idempotency-replayed')).toBeNull();
    const orderId = reply.body.order_id;
    expect(reply.body).toEqual({
      reservation_id: hold.reservation_id,
      product_id: 106,
      channel_id: 'ota',
      quantity: 4,
      quantity_held: 4,
      status: 'activated',
      extensions: 0,
      expires_at: hold.expires_at,
      created_at: hold.created_at,
      activated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      cancelled_at: null,
      order_id: expect.any(Number),
      order: {
        order_id: orderId,
        status: 'confirmed',
        visit_date: TUESDAY,
        external_reference: 'BK-4711 · 海',
        currency: 'CNY',
        total_amount: 288 * 2 + 188 + 238,
        lines: [
          { customer_type: 'adult', quantity: 2, unit_price: 288, amount: 576 },
          { customer_type: 'child', quantity: 1, unit_price: 188, amount: 188 },
          { customer_type: 'elderly', quantity: 1, unit_price: 238, amount: 238 },
        ],
      },
      pricing_snapshot: hold.pricing_snapshot,
    });

    const orders = await demo.database.rows(
      `SELECT id, product_id, partner_id, status, quantity, DATE_FORMAT(visit_date, '%Y-%m-%d') AS visit_date, currency,
              total_amount, external_reference, created_at, cancelled_at FROM orders WHERE id = ?`,
      [orderId],
    );
    expect(orders).toEqual([
      {
        id: orderId,
        product_id: 106,
        partner_id: 'partner-a',
        status: 'confirmed',
        quantity: 4,
        visit_date: TUESDAY,
        currency: 'CNY',
        total_amount: '1002.00',
        external_reference: 'BK-4711 · 海',
        created_at: new Date(reply.body.activated_at ?? ''),
        cancelled_at: null,
      },
    ]);
    const lines = await demo.database.rows(
      'SELECT customer_type, quantity, unit_price, amount FROM order_lines WHERE order_id = ? ORDER BY customer_type',
      [orderId],
    );
    expect(lines).toEqual([
      { customer_type: 'adult', quantity: 2, unit_price: '288.00', amount: '576.00' },
      { customer_type: 'child', quantity: 1, unit_price: '188.00', amount: '188.00' },
      { customer_type: 'elderly', quantity: 1, unit_price: '238.00', amount: '238.00' },
    ]);
    expect(await rowOf(demo.database, hold.reservation_id)).toMatchObject({
      status: 'activated',
      quantity: 4,
      quantity_held: 4,
      order_id: orderId,
      activated_at: new Date(reply.body.activated_at ?? ''),
      released_at: null,
    });
  });

  it('sells the units: held before, sold after, available the same', async () => {
    const before = await demo.api.available(PARTNER_A, 800);
    const direct = await demo.api.available(OWN_SHOP, 800);
    const hold = await holdUnits(demo.api, 800, 5);
    expect(await demo.api.available(PARTNER_B, 800)).toBe(before - 5);
    expect((await activate(hold.reservation_id)).status).toBe(200);
    expect(await demo.api.available(PARTNER_B, 800)).toBe(before - 5);
    expect(await demo.api.available(OWN_SHOP, 800)).toBe(direct);
    expect(await movementsOf(demo.database, hold.reservation_id)).toEqual([
      { kind: 'reserved', units: 5, reserved: 5, sold: 0 },
      { kind: 'activated', units: 5, reserved: 0, sold: 5 },
    ]);
  });

  it('works for the shop on its own channel', async () => {
    const sold = await activated(802, 3, {}, OWN_SHOP);
    expect(sold).toMatchObject({ channel_id: 'direct', status: 'activated', quantity: 3 });
  });

  it('needs no body, and {} is the same; both are all adults at the weekday price', async () => {
    const [none, empty] = [await activated(106, 2), await activated(106, 2, {})];
    const order = {
      visit_date: null,
      external_reference: null,
      status: 'confirmed',
      currency: 'CNY',
      total_amount: 576,
      lines: [{ customer_type: 'adult', quantity: 2, unit_price: 288, amount: 576 }],
    };
    expect(none.order).toEqual({ ...order, order_id: none.order_id });
    expect(empty.order).toEqual({ ...order, order_id: empty.order_id });
    expect(empty.order_id).not.toBe(none.order_id);
  });

  it('is what GET tells from then on', async () => {
    const sold = await activated(107, 2, { guests: [{ customer_type: 'family', quantity: 2 }] });
    const seen = await demo.api.reservation(PARTNER_A, sold.reservation_id);
    expect(seen.body).toEqual(sold);
  });
});

describe('an activation of some units', () => {
  it('gives the rest back at once', async () => {
    const before = await demo.api.available(PARTNER_A, 801);
    const hold = await holdUnits(demo.api, 801, 10);
    const { status, body } = await activate(hold.reservation_id, { quantity: 3 });
    expect(status).toBe(200);
    expect(body).toMatchObject({ quantity: 3, quantity_held: 10, status: 'activated' });
    expect(body.order).toMatchObject({ total_amount: 300, lines: [{ customer_type: 'adult', quantity: 3 }] });
    expect(await demo.api.available(PARTNER_A, 801)).toBe(before - 3);
    expect(await movementsOf(demo.database, hold.reservation_id)).toEqual([
      { kind: 'reserved', units: 10, reserved: 10, sold: 0 },
      { kind: 'activated', units: 3, reserved: 7, sold: 3 },
      { kind: 'returned', units: 7, reserved: 0, sold: 3 },
    ]);
    const row = await rowOf(demo.database, hold.reservation_id);
    expect(row).toMatchObject({ quantity: 3, quantity_held: 10 });
    expect(row.released_at).toEqual(row.activated_at);
  });

  it('can be as many as are held', async () => {
    const sold = await activated(801, 4, { quantity: 4 });
    expect(sold).toMatchObject({ quantity: 4, quantity_held: 4 });
    expect((await rowOf(demo.database, sold.reservation_id)).released_at).toBeNull();
  });

  it('has the guests of those units; one type in two places is added up', async () => {
    const guest = (customer_type: string, quantity: number) => ({ customer_type, quantity });
    const sold = await activated(106, 9, {
      quantity: 4,
      guests: [guest('child', 1), guest('adult', 2), guest('child', 1)],
    });
    expect(sold.order?.lines).toEqual([
      { customer_type: 'adult', quantity: 2, unit_price: 288, amount: 576 },
      { customer_type: 'child', quantity: 2, unit_price: 188, amount: 376 },
    ]);
  });
});

describe('the price', () => {
  it.each([
    ['on a Saturday', SATURDAY, 318],
    ['on a Sunday', SUNDAY, 318],
    ['on a weekday', TUESDAY, 288],
    ['on a special date, rounded to the cent', SPECIAL, 383.9],
    ['without a date', undefined, 288],
  ])('%s is that of the day', async (_, day, unit) => {
    const { order } = await activated(106, 3, {
      ...(day !== undefined && { visit_date: day }),
      guests: [
        { customer_type: 'adult', quantity: 2 },
        { customer_type: 'student', quantity: 1 },
      ],
    });
    const cents = (amount: number): number => Math.round(amount * 100) / 100;
    expect(order).toMatchObject({
      visit_date: day ?? null,
      total_amount: cents(unit * 3 - 50),
      lines: [
        { customer_type: 'adult', unit_price: unit, amount: cents(unit * 2) },
        { customer_type: 'student', unit_price: cents(unit - 50), amount: cents(unit - 50) },
      ],
    });
  });

  it('is the one at which the units were held, whatever became of prices, discounts and special dates', async () => {
    const guests = ['adult', 'vip', 'elderly'].map((customer_type) => ({ customer_type, quantity: 1 }));
    const holds = await Promise.all([1, 2, 3].map(() => holdUnits(demo.api, 108, 3)));
    await demo.database.rows(
      `UPDATE products SET weekday_price = 1, weekend_price = 2, currency = 'EUR' WHERE id = 108;
       DELETE FROM customer_discounts WHERE product_id = 108;
       UPDATE special_dates SET multiplier = 7 WHERE visit_date = ?;
       INSERT INTO special_dates VALUES (?, 9)`,
      [SPECIAL, SATURDAY],
    );
    try {
      const days = [undefined, SATURDAY, SPECIAL];
      const orders = await Promise.all(
        holds.map(async ({ reservation_id }, n) => {
          const { body } = await activate(reservation_id, { guests, visit_date: days[n] });
          return [body.order?.currency, body.order?.total_amount];
        }),
      );
      expect(orders).toEqual([
        ['CNY', 588 * 3 - 300],
        ['CNY', 648 * 3 - 300],
        ['CNY', Math.round((783.8 * 3 - 300) * 100) / 100],
      ]);
    } finally {
      await demo.database.rows(
        'DELETE FROM special_dates WHERE visit_date = ?; UPDATE special_dates SET multiplier = 1.333 WHERE visit_date = ?',
        [SATURDAY, SPECIAL],
      );
    }
  });

  it('is never below zero', async () => {
    await demo.database.rows("INSERT INTO customer_discounts VALUES (800, 'vip', 100.01)");
    const { order } = await activated(800, 1, { guests: [{ customer_type: 'vip', quantity: 1 }] });
    expect(order).toMatchObject({ total_amount: 0, lines: [{ unit_price: 0, amount: 0 }] });
  });
});

it('a retired product’s holds can still be activated: the promise stands', async () => {
  const hold = await holdUnits(demo.api, 802, 2);
  await demo.database.rows("UPDATE products SET status = 'retired' WHERE id = 802");
  expect((await activate(hold.reservation_id)).status).toBe(200);
});
