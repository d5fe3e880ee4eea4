import { randomUUID } from 'node:crypto';

import type { Reply, Stepped } from '../support/api.js';
import { OWN_SHOP, PARTNER_A, PARTNER_B, READ_ONLY } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { dayIn, endIn, holdUnits, state } from '../support/life.js';
import { addKey, addPartner } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

const demo = useDemoService();
let id: string;

beforeAll(async () => {
  await addProducts(demo.database, [810], { ota: 100 });
  id = (await holdUnits(demo.api, 106, 5)).reservation_id;
});
afterEach(() => expectSound(demo.database));

const activate = (body?: unknown, key = PARTNER_A, of = id): Promise<Reply<Stepped>> =>
  demo.api.step(key, of, 'activate', body);

/** The request is refused, and nothing has changed. */
async function expectRefused(asked: () => Promise<Reply<Stepped>>, status: number, code: string): Promise<Stepped> {
  const before = await state(demo.database);
  const reply = await asked();
  expectProblem(reply, status, code);
  expect(await state(demo.database)).toEqual(before);
  return reply.body;
}

const guest = (customer_type: unknown, quantity: unknown): unknown => ({ customer_type, quantity });

describe('400 for what is not of the documented shape', () => {
  it.each([
    ['quantity a text', { quantity: '2' }, '/quantity'],
    ['quantity a fraction', { quantity: 1.5 }, '/quantity'],
    ['quantity null', { quantity: null }, '/quantity'],
    ['quantity true', { quantity: true }, '/quantity'],
    ['visit_date a number', { visit_date: 20300101 }, '/visit_date'],
    ['visit_date null', { visit_date: null }, '/visit_date'],
    ['guests an object', { guests: guest('adult', 5) }, '/guests'],
    ['guests null', { guests: null }, '/guests'],
    ['guests a text', { guests: 'adult:5' }, '/guests'],
    ['a guest a text', { guests: ['adult'] }, /^\/guests/],
    ['a guest null', { guests: [null] }, /^\/guests/],
    ['a guest a list', { guests: [[]] }, /^\/guests/],
    ['a guest without quantity', { guests: [{ customer_type: 'adult' }] }, '/guests/0/quantity'],
    ['a guest without type', { guests: [guest('adult', 1), { quantity: 4 }] }, '/guests/1/customer_type'],
    ['a guest’s quantity a fraction', { guests: [guest('adult', 2.5)] }, '/guests/0/quantity'],
    ['a guest’s unknown member', { guests: [{ customer_type: 'adult', quantity: 5, age: 9 }] }, '/guests/0/age'],
    ['external_reference a number', { external_reference: 4711 }, '/external_reference'],
    ['external_reference null', { external_reference: null }, '/external_reference'],
    ['an unknown member', { order_id: 1 }, '/order_id'],
  ])('%s', async (_, body, pointer) => {
    const { errors } = await expectRefused(() => activate(body), 400, 'malformed_request');
    expect(errors?.[0]?.pointer).toEqual(pointer instanceof RegExp ? expect.stringMatching(pointer) : pointer);
  });

  it.each([['[]'], ['null'], ['"x"'], ['5'], ['{'], ['{"quantity":1,}']])('the body %s', async (text) => {
    await expectRefused(() => activate(text), 400, 'malformed_request');
  });

  it('a key that is none', async () => {
    await expectRefused(
      () => demo.api.step(PARTNER_A, id, 'activate', {}, { 'idempotency-key': 'x'.repeat(256) }),
      400,
      'invalid_idempotency_key',
    );
  });
});

describe('422 for what is not acceptable', () => {
  it.each([
    ['no unit', { quantity: 0 }, 'quantity_out_of_range', '/quantity'],
    ['less than none', { quantity: -1 }, 'quantity_out_of_range', '/quantity'],
    ['more than are held', { quantity: 6 }, 'quantity_out_of_range', '/quantity'],
    ['far more', { quantity: Number.MAX_SAFE_INTEGER }, 'quantity_out_of_range', '/quantity'],
    ['no guests', { guests: [] }, 'invalid_guests', '/guests'],
    ['too many entries', { guests: Array.from({ length: 21 }, () => guest('adult', 1)) }, 'invalid_guests', '/guests'],
    ['guests that are too few', { guests: [guest('adult', 4)] }, 'invalid_guests', '/guests'],
    ['guests that are too many', { guests: [guest('adult', 6)] }, 'invalid_guests', '/guests'],
    ['guests for all, fewer units', { quantity: 2, guests: [guest('adult', 5)] }, 'invalid_guests', '/guests'],
    ['a type not sold to', { guests: [guest('vip', 5)] }, 'invalid_guests', '/guests'],
    ['a type of no product', { guests: [guest('constructor', 5)] }, 'invalid_guests', '/guests'],
    ['none of a type', { guests: [guest('adult', 5), guest('child', 0)] }, 'invalid_guests', '/guests'],
    ['a negative number', { guests: [guest('adult', 6), guest('adult', -1)] }, 'invalid_guests', '/guests'],
    ['a date of the past', { visit_date: dayIn(-1) }, 'invalid_visit_date', '/visit_date'],
    ['a day that is none', { visit_date: '2031-02-29' }, 'invalid_visit_date', '/visit_date'],
    ['a date and time', { visit_date: '2031-02-20T00:00:00Z' }, 'invalid_visit_date', '/visit_date'],
    ['an empty date', { visit_date: '' }, 'invalid_visit_date', '/visit_date'],
    ['too long a reference', { external_reference: 'x'.repeat(101) }, 'invalid_text', '/external_reference'],
  ])('%s', async (_, body, code, pointer) => {
    const { errors } = await expectRefused(() => activate(body), 422, code);
    expect(errors).toEqual([{ pointer, detail: expect.any(String) }]);
  });

  it('tells how many are held', async () => {
    expect(await expectRefused(() => activate({ quantity: 6 }), 422, 'quantity_out_of_range')).toMatchObject({
      limit: 5,
    });
  });

  it('but 100 characters of any script fit, and today is no past day', async () => {
    const hold = await holdUnits(demo.api, 106, 1);
    const reference = '🚢'.repeat(100);
    const body = { external_reference: reference, visit_date: dayIn(0) };
    const reply = await activate(body, PARTNER_A, hold.reservation_id);
    expect(reply.status).toBe(200);
    expect(reply.body.order).toMatchObject({ external_reference: reference, visit_date: dayIn(0) });
  });

  it('far-away years fit', async () => {
    const hold = await holdUnits(demo.api, 106, 1);
    const reply = await activate({ visit_date: '9999-12-31' }, PARTNER_A, hold.reservation_id);
    expect(reply.status).toBe(200);
    expect(reply.body.order).toMatchObject({ visit_date: '9999-12-31' });
  });

  it.each([
    ['a control character', 'a\u0000b'],
    ['half a character', '\ud83d'],
    ['nothing', ''],
  ])('a reference with %s breaks nothing', async (_, reference) => {
    const hold = await holdUnits(demo.api, 106, 1);
    const reply = await activate({ external_reference: reference }, PARTNER_A, hold.reservation_id);
    expect([200, 422]).toContain(reply.status);
    const seen = await demo.api.reservation(PARTNER_A, hold.reservation_id);
    if (reply.status === 200) expect(seen.text).toBe(reply.text);
  });
});

describe('404, without a word of whether it exists', () => {
  it('for another partner on the channel, on another channel, and for no reservation at all', async () => {
    await addPartner(demo.database, 'neighbour');
    await addKey(demo.database, 'neighbour', 'neighbour-key');
    const unknown = `res_${randomUUID()}`;
    const answers = [
      await expectRefused(() => activate({}, PARTNER_B), 404, 'reservation_not_found'),
      await expectRefused(() => activate({}, 'neighbour-key'), 404, 'reservation_not_found'),
      await expectRefused(() => activate({}, OWN_SHOP), 404, 'reservation_not_found'),
      await expectRefused(() => activate({}, PARTNER_A, unknown), 404, 'reservation_not_found'),
      await expectRefused(() => activate({ quantity: 3 }, PARTNER_B), 404, 'reservation_not_found'),
    ];
    expect(new Set(answers.map((answer) => JSON.stringify({ ...answer, instance: '' }))).size).toBe(1);
  });

  it.each(['extend', 'cancel'] as const)('for %s too', async (step) => {
    const body = step === 'extend' ? { reservation_expires_at: new Date(Date.now() + 9e7).toISOString() } : {};
    await expectRefused(() => demo.api.step(PARTNER_B, id, step, body), 404, 'reservation_not_found');
    await expectRefused(() => demo.api.step(OWN_SHOP, id, step, body), 404, 'reservation_not_found');
  });

  it('for ids of any kind', async () => {
    for (const of of [
      'x',
      '%00',
      "'%20OR%20'1'='1",
      id.toUpperCase(),
      `${id}%20`,
      '%E6%B5%B7',
      '%F0%9F%9A%A2',
      '..%2f..',
    ])
      await expectRefused(() => activate({}, PARTNER_A, of), 404, 'reservation_not_found');
  });
});

describe('403', () => {
  it('for a key that may only read', async () => {
    for (const step of ['activate', 'extend', 'cancel'] as const)
      await expectRefused(() => demo.api.step(READ_ONLY, id, step, {}), 403, 'scope_missing');
  });

  it('and 401 without a key', async () => {
    await expectRefused(() => activate({}, ''), 401, 'authentication_required');
  });
});

describe('409 with the status that forbids it', () => {
  it('overdue, job or no job, is expired', async () => {
    const hold = await holdUnits(demo.api, 810, 2);
    await endIn(demo.database, hold.reservation_id, -1);
    const answer = await expectRefused(() => activate({}, PARTNER_A, hold.reservation_id), 409, 'status_conflict');
    expect(answer.reservation_status).toBe('expired');
    const asked = { reservation_expires_at: new Date(Date.now() + 9e7).toISOString() };
    const extended = await expectRefused(
      () => demo.api.step(PARTNER_A, hold.reservation_id, 'extend', asked),
      409,
      'status_conflict',
    );
    expect(extended.reservation_status).toBe('expired');
  });

  it('released to a late reserve is expired', async () => {
    await addProducts(demo.database, [811], { ota: 3 });
    const hold = await holdUnits(demo.api, 811, 3);
    await endIn(demo.database, hold.reservation_id, -1);
    await holdUnits(demo.api, 811, 3, PARTNER_B);
    const answer = await expectRefused(() => activate({}, PARTNER_A, hold.reservation_id), 409, 'status_conflict');
    expect(answer.reservation_status).toBe('expired');
  });

  it('cancelled', async () => {
    const hold = await holdUnits(demo.api, 810, 2);
    await demo.api.step(PARTNER_A, hold.reservation_id, 'cancel');
    const answer = await expectRefused(() => activate({}, PARTNER_A, hold.reservation_id), 409, 'status_conflict');
    expect(answer.reservation_status).toBe('cancelled');
  });

  it('and a demo sale of long ago is activated already', async () => {
    const answer = await expectRefused(() => activate({}, PARTNER_A, 'res_demo_1'), 409, 'step_differs');
    expect(answer.reservation_status).toBe('activated');
  });
});
