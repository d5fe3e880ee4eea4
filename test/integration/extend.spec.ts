import { randomUUID } from 'node:crypto';

import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import type { Reply, Stepped } from '../support/api.js';
import { PARTNER_A } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { endIn, holdUnits, inSeconds, movementsOf, rowOf, state } from '../support/life.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

const demo = useDemoService();
beforeAll(() => addProducts(demo.database, [820, 821, 822], { ota: 20 }));
afterEach(() => expectSound(demo.database));

const WEEK_SECONDS = 7 * 86_400;

const extend = (id: string, until: unknown, headers?: Record<string, string>): Promise<Reply<Stepped>> =>
  demo.api.step(PARTNER_A, id, 'extend', { reservation_expires_at: until }, headers);

const replayed = ({ headers }: Reply<unknown>): boolean => headers.get('idempotency-replayed') === 'true';

describe('a later expiry', () => {
  it('is kept, and nothing else changes', async () => {
    const before = await demo.api.available(PARTNER_A, 820);
    const hold = await holdUnits(demo.api, 820, 3);
    const until = inSeconds(2 * 86_400);
    const reply = await extend(hold.reservation_id, until);
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      reservation_id: hold.reservation_id,
      product_id: 820,
      channel_id: 'ota',
      quantity: 3,
      quantity_held: 3,
      status: 'active',
      extensions: 1,
      expires_at: until,
      created_at: hold.created_at,
      activated_at: null,
      cancelled_at: null,
      order_id: null,
      order: null,
      pricing_snapshot: hold.pricing_snapshot,
    });
    const row = await rowOf(demo.database, hold.reservation_id);
    expect(row).toMatchObject({ status: 'active', extensions: 1, quantity: 3 });
    expect(row.expires_at.toISOString()).toBe(until);
    expect(await demo.api.available(PARTNER_A, 820)).toBe(before - 3);
    const [reserved] = await movementsOf(demo.database, hold.reservation_id);
    expect((await movementsOf(demo.database, hold.reservation_id))[1]).toEqual({
      ...reserved,
      kind: 'extended',
      units: 0,
    });
    expect((await demo.api.reservation(PARTNER_A, hold.reservation_id)).text).toBe(reply.text);
  });

  it('that is the same instant is the same answer, and not counted twice', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 1);
    const day = inSeconds(3 * 86_400).slice(0, 10);
    const first = await extend(id, `${day}T12:00:00+08:00`);
    const again = await extend(id, `${day}T04:00:00Z`);
    expect(first.body.extensions).toBe(1);
    expect({ status: again.status, text: again.text, replayed: replayed(again) }).toEqual({
      status: 200,
      text: first.text,
      replayed: true,
    });
    expect(await movementsOf(demo.database, id)).toHaveLength(2);
    const later = await extend(id, `${day}T12:00:01+08:00`);
    expect(later.body.extensions).toBe(2);
  });

  it('may be the present one from the start', async () => {
    const hold = await holdUnits(demo.api, 106, 1);
    const reply = await extend(hold.reservation_id, hold.expires_at);
    expect(reply.status).toBe(200);
    expect(reply.body.extensions).toBe(0);
  });

  it('goes up to the longest hold counted from its creation, to the millisecond', async () => {
    const hold = await holdUnits(demo.api, 106, 1);
    const latest = Date.parse(hold.created_at) + WEEK_SECONDS * 1000;
    const before = await state(demo.database);
    expectProblem(await extend(hold.reservation_id, new Date(latest + 1).toISOString()), 422, 'expiry_out_of_range');
    expect(await state(demo.database)).toEqual(before);
    expect((await extend(hold.reservation_id, new Date(latest).toISOString())).status).toBe(200);
    expectProblem(await extend(hold.reservation_id, new Date(latest + 1000).toISOString()), 422, 'expiry_out_of_range');
  });

  it('is not counted from now: an old hold can be extended by less', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 1);
    await demo.database.rows(
      'UPDATE channel_reservations SET created_at = created_at - INTERVAL 6 DAY WHERE reservation_id = ?',
      [id],
    );
    expectProblem(await extend(id, inSeconds(2 * 86_400)), 422, 'expiry_out_of_range');
  });
});

describe('422, and nothing changes', () => {
  it.each([
    ['earlier', inSeconds(3600)],
    ['the past', inSeconds(-5)],
    ['long ago', '2001-01-01T00:00:00Z'],
    ['too late', inSeconds(WEEK_SECONDS + 60)],
    ['far away', '9999-12-31T23:59:59Z'],
    ['without an offset', '2030-01-01T00:00:00'],
    ['a date', '2030-01-01'],
    ['a day that is none', '2030-02-30T00:00:00Z'],
    ['words', 'later'],
    ['nothing', ''],
  ])('for %s', async (_, until) => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 1);
    const before = await state(demo.database);
    const { errors } = expectProblem(await extend(id, until), 422, 'expiry_out_of_range');
    expect(errors).toEqual([{ pointer: '/reservation_expires_at', detail: expect.any(String) }]);
    expect(await state(demo.database)).toEqual(before);
  });
});

describe('400', () => {
  it.each([
    ['no body', undefined, undefined],
    ['an empty body', {}, '/reservation_expires_at'],
    ['a number', { reservation_expires_at: 1893456000 }, '/reservation_expires_at'],
    ['null', { reservation_expires_at: null }, '/reservation_expires_at'],
    ['an unknown member', { reservation_expires_at: inSeconds(90_000), hours: 2 }, '/hours'],
    ['the other name', { expires_at: inSeconds(90_000) }, expect.any(String)],
  ])('for %s', async (_, body, pointer) => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 1);
    const { errors } = expectProblem(await demo.api.step(PARTNER_A, id, 'extend', body), 400, 'malformed_request');
    if (pointer !== undefined) expect(errors?.[0]?.pointer).toEqual(pointer);
  });
});

describe('409 for what is no hold any more', () => {
  it.each(['activate', 'cancel'] as const)('after %s', async (step) => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 1);
    expect((await demo.api.step(PARTNER_A, id, step)).status).toBe(200);
    const reply = await extend(id, inSeconds(90_000));
    expectProblem(reply, 409, 'status_conflict');
    expect(reply.body.reservation_status).toBe(step === 'activate' ? 'activated' : 'cancelled');
  });

  it('after it was released', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 822, 1);
    await endIn(demo.database, id, -1);
    expect(await demo.service.app.get(ExpiryJob).run()).toBe(1);
    const reply = await extend(id, inSeconds(90_000));
    expectProblem(reply, 409, 'status_conflict');
    expect(reply.body.reservation_status).toBe('expired');
  });
});

it('with a key replays the answer, even after a further extension', async () => {
  const { reservation_id: id } = await holdUnits(demo.api, 106, 1);
  const [key, until] = [{ 'idempotency-key': randomUUID() }, inSeconds(100_000)];
  const first = await extend(id, until, key);
  expect((await extend(id, inSeconds(200_000))).body.extensions).toBe(2);
  const again = await extend(id, until, key);
  expect({ text: again.text, replayed: replayed(again) }).toEqual({ text: first.text, replayed: true });
  expectProblem(await extend(id, inSeconds(300_000), key), 422, 'idempotency_key_reused');
  expect((await rowOf(demo.database, id)).extensions).toBe(2);
});

it('keeps a hold from expiring, where another one does', async () => {
  const [kept, lost] = [await holdUnits(demo.api, 821, 2), await holdUnits(demo.api, 821, 3)];
  await endIn(demo.database, kept.reservation_id, 700);
  await endIn(demo.database, lost.reservation_id, 700);
  expect((await extend(kept.reservation_id, inSeconds(600))).status).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 750));
  expect(await demo.service.app.get(ExpiryJob).run()).toBe(1);
  expect((await rowOf(demo.database, kept.reservation_id)).status).toBe('active');
  expect((await rowOf(demo.database, lost.reservation_id)).status).toBe('expired');
  expect(await demo.api.available(PARTNER_A, 821)).toBe(18);
  expect((await demo.api.step(PARTNER_A, kept.reservation_id, 'activate')).status).toBe(200);
});
