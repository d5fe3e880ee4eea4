import { randomUUID } from 'node:crypto';

import type { Reply, Stepped } from '../support/api.js';
import { bootApp, PARTNER_A, PARTNER_B } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { dayIn, endIn, holdUnits, inSeconds } from '../support/life.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';

const demo = useDemoService();
afterEach(() => expectSound(demo.database));

const replayed = ({ headers }: Reply<unknown>): boolean => headers.get('idempotency-replayed') === 'true';
const activate = (id: string, body?: unknown, key?: string): Promise<Reply<Stepped>> =>
  demo.api.step(PARTNER_A, id, 'activate', body, key === undefined ? {} : { 'idempotency-key': key });

async function expectOrders(id: string, count: number): Promise<void> {
  const lines = await demo.database.rows(
    "SELECT 1 FROM inventory_movements WHERE reservation_id = ? AND kind = 'activated'",
    [id],
  );
  expect(lines).toHaveLength(count);
}

const TERMS = [
  ['no body', 106, undefined],
  ['an empty one', 106, {}],
  [
    'a full one',
    107,
    {
      quantity: 6,
      visit_date: dayIn(40),
      guests: [
        { customer_type: 'elderly', quantity: 1 },
        { customer_type: 'family', quantity: 2 },
        { customer_type: 'child', quantity: 1 },
        { customer_type: 'adult', quantity: 2 },
      ],
      external_reference: 'BK-"1"\\ü',
    },
  ],
  [
    'types of many lengths',
    108,
    { quantity: 2, guests: ['vip', 'elderly'].map((t) => ({ customer_type: t, quantity: 1 })) },
  ],
] as const;

describe('repeated without a key', () => {
  it.each(TERMS)('with %s, it is 200 with identical bytes, and one order', async (_, productId, body) => {
    const { reservation_id: id } = await holdUnits(demo.api, productId, 8);
    const first = await activate(id, body);
    expect({ status: first.status, replayed: replayed(first) }).toEqual({ status: 200, replayed: false });
    const again = await activate(id, body);
    expect(again.text).toBe(first.text);
    expect({ status: again.status, replayed: replayed(again) }).toEqual({ status: 200, replayed: true });
    await expectOrders(id, 1);
  });

  it('no body and {} are the same request, in whatever order members stand', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 2);
    const first = await activate(id);
    expect((await activate(id, {})).text).toBe(first.text);
    const { reservation_id: other } = await holdUnits(demo.api, 106, 2);
    const one = await activate(other, '{"quantity": 1, "visit_date": "2031-01-02"}');
    const two = await activate(other, '{"visit_date":"2031-01-02","quantity":1}');
    expect(two.text).toBe(one.text);
  });

  it('with another body, it is 409', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 3);
    await activate(id, { quantity: 2 });
    for (const body of [undefined, {}, { quantity: 3 }, { quantity: 2, visit_date: dayIn(9) }]) {
      const reply = await activate(id, body);
      expectProblem(reply, 409, 'step_differs');
      expect(reply.body.reservation_status).toBe('activated');
    }
  });

  it('stays 200 when its expiry has long passed', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 1);
    const first = await activate(id);
    await endIn(demo.database, id, -60_000);
    const again = await activate(id);
    expect(again.status).toBe(200);
    expect(again.body.order).toEqual(first.body.order);
  });

  it('is 409 once the sale was cancelled', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 1);
    await activate(id);
    expect((await demo.api.step(PARTNER_A, id, 'cancel')).status).toBe(200);
    const reply = await activate(id);
    expectProblem(reply, 409, 'status_conflict');
    expect(reply.body.reservation_status).toBe('cancelled');
  });
});

describe('repeated with its key', () => {
  it('replays the answer: here, on another instance, and after a restart', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 107, 4);
    const [key, body] = [randomUUID(), { quantity: 3, guests: [{ customer_type: 'family', quantity: 3 }] }];
    const first = await activate(id, body, key);
    expect({ status: first.status, replayed: replayed(first) }).toEqual({ status: 200, replayed: false });

    const other = await bootApp(demo.database.url);
    const elsewhere = await other.api.step(PARTNER_A, id, 'activate', body, { 'idempotency-key': key });
    await other.close();
    await demo.restart();
    for (const reply of [elsewhere, await activate(id, body, key)]) {
      expect({ status: reply.status, replayed: replayed(reply), text: reply.text }).toEqual({
        status: 200,
        replayed: true,
        text: first.text,
      });
    }
    await expectOrders(id, 1);
  });

  it('replays it after the sale was cancelled, too', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 1);
    const key = randomUUID();
    const first = await activate(id, {}, key);
    await demo.api.step(PARTNER_A, id, 'cancel');
    expect((await activate(id, {}, key)).text).toBe(first.text);
    expect((await activate(id, undefined, key)).text).toBe(first.text);
  });

  it('a key that comes only with the repetition is kept from then on', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 1);
    const key = randomUUID();
    const first = await activate(id);
    expect((await activate(id, undefined, key)).text).toBe(first.text);
    await demo.api.step(PARTNER_A, id, 'cancel');
    expect((await activate(id, undefined, key)).text).toBe(first.text);
  });

  it('a refusal is not kept: the same key works once the request is acceptable', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 2);
    const key = randomUUID();
    expectProblem(await activate(id, { quantity: 3 }, key), 422, 'quantity_out_of_range');
    expect((await activate(id, { quantity: 2 }, key)).status).toBe(200);
  });
});

describe('a key used for something else is 422', () => {
  it('another step, reservation, product or body', async () => {
    const [hold, sibling, far] = [
      await holdUnits(demo.api, 106, 2),
      await holdUnits(demo.api, 106, 2),
      await holdUnits(demo.api, 108, 2),
    ];
    const key = { 'idempotency-key': randomUUID() };
    const { reservation_id: id } = hold;
    expect((await demo.api.step(PARTNER_A, id, 'activate', {}, key)).status).toBe(200);
    const others = [
      await demo.api.step(PARTNER_A, id, 'cancel', {}, key),
      await demo.api.step(PARTNER_A, id, 'extend', { reservation_expires_at: inSeconds(90_000) }, key),
      await demo.api.step(PARTNER_A, id, 'activate', { quantity: 1 }, key),
      await demo.api.step(PARTNER_A, sibling.reservation_id, 'activate', {}, key),
      await demo.api.step(PARTNER_A, far.reservation_id, 'activate', {}, key),
      await demo.api.reserve<Stepped>(PARTNER_A, { product_id: 106, quantity: 2 }, key),
    ];
    for (const reply of others) expectProblem(reply, 422, 'idempotency_key_reused');
    for (const { reservation_id } of [sibling, far])
      expect((await demo.api.reservation(PARTNER_A, reservation_id)).body.status).toBe('active');
  });

  it('a reserve’s key included; but another partner may use it', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const held = await demo.api.reserve(PARTNER_A, { product_id: 106, quantity: 1 }, key);
    expectProblem(
      await demo.api.step(PARTNER_A, held.body.reservation_id, 'activate', {}, key),
      422,
      'idempotency_key_reused',
    );
    const theirs = await holdUnits(demo.api, 106, 1, PARTNER_B);
    expect((await demo.api.step(PARTNER_B, theirs.reservation_id, 'activate', {}, key)).status).toBe(200);
  });
});
