import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import type { Reply, Stepped } from '../support/api.js';
import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { type Cut, type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { holdUnits, inSeconds, movementsOf, rowOf } from '../support/life.js';
import { holdInventory, waitForLockWaits } from '../support/locks.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range, tally } from '../support/stock.js';

jest.setTimeout(60_000);

let database: TestDatabase;
let apps: [TestApp, TestApp];
let proxy: CuttingProxy;
let remote: TestApp;

beforeAll(async () => {
  database = await demoDatabase();
  apps = [await bootApp(database.url), await bootApp(database.url)];
  proxy = await startCuttingProxy(database.url);
  remote = await bootApp(proxy.url);
});
afterEach(() => expectSound(database));
afterAll(async () => {
  await Promise.all([...apps, remote].map((app) => app.close()));
  await proxy.close();
  await database.drop();
});

type Step = 'activate' | 'cancel' | 'extend';

const step = (n: number, id: string, what: Step, body?: unknown, key?: string): Promise<Reply<Stepped>> =>
  apps[n % 2 ? 1 : 0].api.step(PARTNER_A, id, what, body, key === undefined ? {} : { 'idempotency-key': key });

const holdsOf = (productId: number, count: number, quantity = 1): Promise<string[]> =>
  Promise.all(range(0, count).map(async () => (await holdUnits(apps[0].api, productId, quantity)).reservation_id));

const ordersOf = async (productId: number): Promise<number> =>
  (await database.rows('SELECT id FROM orders WHERE product_id = ?', [productId])).length;

const kinds = async (id: string): Promise<string[]> => (await movementsOf(database, id)).map(({ kind }) => kind);

const isReplayed = ({ headers }: Reply<unknown>): boolean => headers.get('idempotency-replayed') === 'true';

describe('the expiry job against activations at the instant of expiry', () => {
  it('has exactly one winner for each of 240 holds', async () => {
    const products = range(850, 12);
    await addProducts(database, products, { ota: 100 });
    const ids = (await Promise.all(products.map((product) => holdsOf(product, 20, 2)))).flat();
    const [firstMs, apartMs] = [500, 12];
    await database.rows(
      `UPDATE channel_reservations SET expires_at = NOW(3) + INTERVAL (? + FIELD(reservation_id, ?) * ?) * 1000 MICROSECOND
       WHERE reservation_id IN (?)`,
      [firstMs, ids, apartMs, ids],
    );
    const begun = performance.now();
    const until = (ms: number): Promise<void> => sleep(Math.max(0, begun + ms - performance.now()));
    let racing = true;
    const jobs = apps.map(async ({ app }) => {
      while (racing) {
        await app.get(ExpiryJob).run();
        await sleep(3);
      }
    });
    const sent = ids.map(async (id, n) => {
      const early = [150, 40, 12, -5][n % 4] ?? 0;
      await until(firstMs + (n + 1) * apartMs - early);
      return step(n, id, 'activate', n % 3 ? { quantity: 1 } : undefined, n % 2 ? randomUUID() : undefined);
    });
    const replies = await Promise.all(sent);
    racing = false;
    await Promise.all(jobs);
    await sleep(50);
    await apps[0].app.get(ExpiryJob).run();

    const { 200: won = 0, 409: lost = 0 } = tally(replies);
    expect(won + lost).toBe(ids.length);
    expect(Math.min(won, lost)).toBeGreaterThan(0);
    const told = apps.flatMap(({ log }) => log).filter(({ msg }) => msg === 'ota.reservation.expired');
    expect(told.map((line) => line['reservation_id']).sort()).toEqual(
      ids.filter((_, n) => replies[n]?.status === 409).sort(),
    );
    for (const [n, id] of ids.entries()) {
      const reply = replies[n];
      const row = await rowOf(database, id);
      const sold = reply?.status === 200;
      expect({ id, status: row.status, order: row.order_id }).toEqual({
        id,
        status: sold ? 'activated' : 'expired',
        order: sold ? reply.body.order_id : null,
      });
      if (!sold) expect(reply?.body.reservation_status).toBe('expired');
      const after = (await kinds(id)).filter((kind) => kind !== 'returned');
      expect(after).toEqual(['reserved', sold ? 'activated' : 'expired']);
    }
    const orders = await database.rows('SELECT id FROM orders WHERE product_id IN (?)', [products]);
    expect(orders).toHaveLength(won);
  });
});

describe('one activation 20 times at once', () => {
  it.each([
    ['without a key', undefined],
    ['with a key', randomUUID()],
  ])('on two instances, %s, is one order and one answer', async (_, key) => {
    const productId = key === undefined ? 870 : 871;
    await addProducts(database, [productId], { ota: 10 });
    const [id = ''] = await holdsOf(productId, 1, 5);
    const held = await holdInventory(database, productId);
    const asked = range(0, 20).map((n) => step(n, id, 'activate', { quantity: 3 }, key));
    await waitForLockWaits(database, 2);
    await held.release();
    const replies = await Promise.all(asked);
    expect(tally(replies)).toEqual({ 200: 20 });
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(replies.filter(isReplayed)).toHaveLength(19);
    expect(await ordersOf(productId)).toBe(1);
    expect(await kinds(id)).toEqual(['reserved', 'activated', 'returned']);
    expect(await apps[1].api.available(PARTNER_A, productId)).toBe(7);
  });

  it('with 20 bodies is one order and 19 times 409', async () => {
    await addProducts(database, [872], { ota: 30 });
    const [id = ''] = await holdsOf(872, 1, 20);
    const replies = await Promise.all(range(0, 20).map((n) => step(n, id, 'activate', { quantity: n + 1 })));
    expect(tally(replies)).toEqual({ 200: 1, 409: 19 });
    expect(await ordersOf(872)).toBe(1);
  });
});

describe('activate against cancel at once', () => {
  it('ends in one of the orders that there are, for each of 60 holds', async () => {
    await addProducts(database, [875], { ota: 200 });
    const ids = await holdsOf(875, 60, 2);
    const pairs = await Promise.all(
      ids.map(async (id, n) => Promise.all([step(n, id, 'activate'), step(n + 1, id, 'cancel')])),
    );
    for (const [n, [activated, cancelled]] of pairs.entries()) {
      const id = ids[n] ?? '';
      // Either the sale came first and was cancelled, or the cancellation did, and there was nothing to sell.
      expect(cancelled.status).toBe(200);
      expect([200, 409]).toContain(activated.status);
      expect(await kinds(id)).toEqual(
        activated.status === 200 ? ['reserved', 'activated', 'cancelled'] : ['reserved', 'cancelled'],
      );
      const { order_id, status } = await rowOf(database, id);
      expect({ status, sold: order_id !== null }).toEqual({ status: 'cancelled', sold: activated.status === 200 });
    }
    const open = await database.rows("SELECT 1 FROM orders WHERE product_id = 875 AND status = 'confirmed'");
    expect(open).toEqual([]);
    expect(await apps[0].api.available(PARTNER_A, 875)).toBe(200);
  });

  it('with a reserve, an extension and the job among them stays sound', async () => {
    await addProducts(database, [876], { ota: 40 });
    const ids = await holdsOf(876, 20, 2);
    const replies = await Promise.all(
      ids.flatMap((id, n) => [
        step(n, id, 'extend', { reservation_expires_at: inSeconds(100_000 + n) }),
        step(n + 1, id, 'activate'),
        step(n, id, 'cancel'),
        apps[n % 2 ? 1 : 0].api.reserve<unknown>(PARTNER_A, { product_id: 876, quantity: 1 }),
      ]),
    );
    await apps[1].app.get(ExpiryJob).run();
    expect(Object.keys(tally(replies)).every((status) => ['200', '201', '409'].includes(status))).toBe(true);
  });
});

describe.each<Cut>(['before', 'after', 'late'])('a connection cut with COMMIT (%s the server has it)', (how) => {
  const productId = { before: 880, after: 881, late: 882 }[how];
  beforeAll(() => addProducts(database, [productId], { ota: 100 }));

  it.each([
    ['without a key', undefined],
    ['with a key', `cut-${how}`],
  ])('activates once, %s', async (_, key) => {
    const [id = ''] = await holdsOf(productId, 1, 5);
    const [orders, cuts] = [await ordersOf(productId), proxy.cuts];
    proxy.cutCommits(how);
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    const first = await remote.api.step(PARTNER_A, id, 'activate', { quantity: 2 }, headers);
    expect(proxy.cuts).toBe(cuts + 1);
    expect(first.status).toBe(200);
    expect(await kinds(id)).toEqual(['reserved', 'activated', 'returned']);
    expect(await ordersOf(productId)).toBe(orders + 1);
    expect((await rowOf(database, id)).order_id).toBe(first.body.order_id);
    const again = await step(0, id, 'activate', { quantity: 2 }, key);
    expect({ text: again.text, replayed: isReplayed(again) }).toEqual({ text: first.text, replayed: true });
  });

  it('extends and cancels once', async () => {
    const [id = ''] = await holdsOf(productId, 1, 5);
    proxy.cutCommits(how);
    const extended = await remote.api.step(PARTNER_A, id, 'extend', { reservation_expires_at: inSeconds(100_000) });
    expect(extended.body.extensions).toBe(1);
    proxy.cutCommits(how);
    expect((await remote.api.step(PARTNER_A, id, 'cancel')).status).toBe(200);
    expect(await kinds(id)).toEqual(['reserved', 'extended', 'cancelled']);
  });

  it('does a batch of 20 once each', async () => {
    const ids = await holdsOf(productId, 20, 2);
    const orders = await ordersOf(productId);
    proxy.cutCommits(how, 2);
    const replies = await Promise.all(ids.map((id) => remote.api.step(PARTNER_A, id, 'activate')));
    expect(tally(replies)).toEqual({ 200: 20 });
    expect(await ordersOf(productId)).toBe(orders + 20);
    for (const id of ids) expect(await kinds(id)).toEqual(['reserved', 'activated']);
  });
});
