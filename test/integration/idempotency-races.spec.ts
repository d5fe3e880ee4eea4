import { randomUUID } from 'node:crypto';

import type { Reply, Reserved } from '../support/api.js';
import { bootApp, PARTNER_A, PARTNER_B, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { holdInventory, waitForLockWaits } from '../support/locks.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range, reservationsOf, tally } from '../support/stock.js';

let database: TestDatabase;
let apps: [TestApp, TestApp];

beforeAll(async () => {
  database = await demoDatabase();
  apps = [await bootApp(database.url), await bootApp(database.url)];
});
afterEach(() => expectSound(database));
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await database.drop();
});

const reserve = (app: TestApp, key: string, productId: number, partner = PARTNER_A): Promise<Reply<Reserved>> =>
  app.api.reserve(partner, { product_id: productId, quantity: 2 }, { 'idempotency-key': key });

const isReplayed = ({ headers }: Reply<unknown>): boolean => headers.get('idempotency-replayed') === 'true';

async function expectOneReservation(productId: number, replies: readonly Reply<Reserved>[]): Promise<void> {
  expect(tally(replies)).toEqual({ 201: replies.length });
  expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
  expect(replies.filter(isReplayed)).toHaveLength(replies.length - 1);
  expect((await reservationsOf(database, productId)).map((stored) => stored.reservation_id)).toEqual([
    replies[0]?.body.reservation_id,
  ]);
}

describe('one key 20 times at once', () => {
  it('is one reservation, and the same answer to all', async () => {
    await addProducts(database, [301], { ota: 100 });
    const key = randomUUID();
    await expectOneReservation(301, await Promise.all(range(0, 20).map(() => reserve(apps[0], key, 301))));
  });

  it('is one reservation on two instances', async () => {
    await addProducts(database, [302], { ota: 100 });
    const key = randomUUID();
    await expectOneReservation(302, await Promise.all(range(0, 20).map((n) => reserve(apps[n % 2 ? 1 : 0], key, 302))));
  });

  it('is one reservation when all wait for the row together', async () => {
    await addProducts(database, [303], { ota: 100 });
    const key = randomUUID();
    const held = await holdInventory(database, 303);
    const waiting = range(0, 20).map((n) => reserve(apps[n % 2 ? 1 : 0], key, 303));
    await waitForLockWaits(database, 2);
    await held.release();
    await expectOneReservation(303, await Promise.all(waiting));
  });

  it('takes the last units only once', async () => {
    await addProducts(database, [304], { ota: 2 });
    const key = randomUUID();
    await expectOneReservation(304, await Promise.all(range(0, 20).map((n) => reserve(apps[n % 2 ? 1 : 0], key, 304))));
    expect((await reserve(apps[0], randomUUID(), 304)).status).toBe(409);
  });

  it('means two reservations when two partners use it', async () => {
    await addProducts(database, [305], { ota: 100 });
    const key = randomUUID();
    const replies = await Promise.all(
      range(0, 20).map((n) => reserve(apps[n % 2 ? 1 : 0], key, 305, n < 10 ? PARTNER_A : PARTNER_B)),
    );
    expect(tally(replies)).toEqual({ 201: 20 });
    expect(new Set(replies.map(({ text }) => text)).size).toBe(2);
    expect((await reservationsOf(database, 305)).map((stored) => stored.partner_id).sort()).toEqual([
      'partner-a',
      'partner-b',
    ]);
  });
});

describe('one key at once on two products and two instances', () => {
  it('has one winner and one 422, each time', async () => {
    await addProducts(database, [310, 311], { ota: 100 });
    for (const round of range(0, 25)) {
      const key = randomUUID();
      const replies = await Promise.all([reserve(apps[0], key, 310), reserve(apps[1], key, 311)]);
      expect({ round, ...tally(replies) }).toEqual({ round, 201: 1, 422: 1 });
      const [refused] = replies.filter(({ status }) => status === 422);
      expect(refused?.body).toMatchObject({ code: 'idempotency_key_reused' });

      const winner = replies[0].status === 201 ? 0 : 1;
      const again = await reserve(apps[winner === 0 ? 1 : 0], key, 310 + winner);
      expect({ text: again.text, replayed: isReplayed(again) }).toEqual({ text: replies[winner].text, replayed: true });
    }
    const stored = [...(await reservationsOf(database, 310)), ...(await reservationsOf(database, 311))];
    expect(stored).toHaveLength(25);
  });

  it('has one winner a key when two batches hold the same keys in opposite order', async () => {
    await addProducts(database, [320, 321], { ota: 200 });
    for (const round of range(0, 8)) {
      const keys = range(0, 6).map(() => randomUUID());
      const held = await holdInventory(database, 320, 321);
      // The first of each product waits for the row alone; the others gather into one batch behind it.
      const first = [reserve(apps[0], randomUUID(), 320), reserve(apps[1], randomUUID(), 321)];
      await waitForLockWaits(database, 2);
      const batches = Promise.all([
        Promise.all(keys.map((key) => reserve(apps[0], key, 320))),
        Promise.all([...keys].reverse().map((key) => reserve(apps[1], key, 321))),
      ]);
      await new Promise((resolve) => setTimeout(resolve, 60));
      await held.release();

      expect(tally(await Promise.all(first))).toEqual({ 201: 2 });
      const [onOne, onOther] = await batches;
      onOther.reverse();
      expect({ round, statuses: onOne.map(({ status }, n) => [status, onOther[n]?.status].sort()) }).toEqual({
        round,
        statuses: keys.map(() => [201, 422]),
      });
    }
  });
});
