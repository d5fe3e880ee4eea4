import type { Problem, Reply, Reserved } from '../support/api.js';
import { bootApp, OWN_SHOP, PARTNER_A, PARTNER_B, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { holdInventory } from '../support/locks.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range, reservationsOf, tally } from '../support/stock.js';
import { timed } from '../support/wait.js';

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

/** Reserves so many times at once, by turns on the instances given and by both partners of the channel. */
function reserveAtOnce(
  instances: readonly TestApp[],
  count: number,
  productId: number,
  quantityOf: (n: number) => number = () => 1,
): Promise<Reply<Partial<Reserved & Problem>>[]> {
  return Promise.all(
    range(0, count).map((n) =>
      (instances[n % instances.length] ?? apps[0]).api.reserve<Partial<Reserved & Problem>>(
        n % 3 === 0 ? PARTNER_B : PARTNER_A,
        { product_id: productId, quantity: quantityOf(n) },
      ),
    ),
  );
}

async function expectFiftyWinners(productId: number, replies: readonly Reply<Partial<Reserved & Problem>>[]) {
  expect(tally(replies)).toEqual({ 201: 50, 409: 150 });
  for (const { body } of replies.filter(({ status }) => status === 409)) {
    expect(body).toMatchObject({
      code: 'insufficient_inventory',
      product_id: productId,
      requested: 1,
      available: 0,
    });
  }
  const told = replies.flatMap(({ body }) => body.reservation_id ?? []).sort();
  expect((await reservationsOf(database, productId)).map((stored) => stored.reservation_id)).toEqual(told);
}

describe('the last units', () => {
  it('go to exactly as many of 200 requests at once as there are units', async () => {
    await addProducts(database, [201], { ota: 50, direct: 500 });
    await expectFiftyWinners(201, await reserveAtOnce([apps[0]], 200, 201));
    expect(await apps[0].api.available(PARTNER_A, 201)).toBe(0);
  });

  it('go to exactly as many on two instances', async () => {
    await addProducts(database, [202], { ota: 50, direct: 500 });
    await expectFiftyWinners(202, await reserveAtOnce(apps, 200, 202));
    expect(await apps[1].api.available(PARTNER_B, 202)).toBe(0);
  });

  it('are not oversold by requests of different sizes, and a refusal tells what was left', async () => {
    await addProducts(database, [203], { ota: 100, direct: 0 });
    const sizes = [1, 7, 2, 5, 3];
    const replies = await reserveAtOnce(apps, 150, 203, (n) => sizes[n % sizes.length] ?? 1);

    const granted = replies.filter(({ status }) => status === 201);
    const held = granted.reduce((sum, { body }) => sum + (body.quantity ?? 0), 0);
    expect(tally(replies)).toEqual({ 201: granted.length, 409: 150 - granted.length });
    for (const { body } of replies.filter(({ status }) => status === 409)) {
      expect(body.requested).toBeGreaterThan(body.available ?? Infinity);
    }
    // There were more requests for one unit than units: none can be left.
    expect(held).toBe(100);
  });
});

describe('products and channels', () => {
  it('on another channel are another pool, also under load', async () => {
    await addProducts(database, [210], { ota: 30, direct: 40 });
    const [ota, direct] = await Promise.all(
      [PARTNER_A, OWN_SHOP].map((key) =>
        Promise.all(range(0, 80).map((n) => apps[n % 2 ? 1 : 0].api.reserve(key, { product_id: 210, quantity: 1 }))),
      ),
    );
    expect(tally(ota ?? [])).toEqual({ 201: 30, 409: 50 });
    expect(tally(direct ?? [])).toEqual({ 201: 40, 409: 40 });
    const [row] = await database.rows<{ channel_allocations: unknown }>(
      'SELECT channel_allocations FROM product_inventory WHERE product_id = 210',
    );
    expect(row?.channel_allocations).toEqual({
      ota: { allocated: 30, reserved: 30, sold: 0 },
      direct: { allocated: 40, reserved: 40, sold: 0 },
    });
  });

  it('are sold out exactly, many at once on two instances', async () => {
    const products = range(220, 25);
    await addProducts(database, products, { ota: 8, direct: 1 });
    const replies = await Promise.all(products.map((product) => reserveAtOnce(apps, 16, product)));
    expect(replies.map(tally)).toEqual(products.map(() => ({ 201: 8, 409: 8 })));
  });

  it('do not wait for one that is sold out', async () => {
    await addProducts(database, [250, 251], { ota: 60, direct: 0 });
    await reserveAtOnce([apps[0]], 1, 250, () => 60);
    const [soldOut, other] = await Promise.all([reserveAtOnce([apps[0]], 200, 250), reserveAtOnce([apps[0]], 60, 251)]);
    expect(tally(soldOut)).toEqual({ 409: 200 });
    expect(tally(other)).toEqual({ 201: 60 });
  });

  it('do not wait for one whose row somebody holds', async () => {
    await addProducts(database, [260, 261], { ota: 20, direct: 0 });
    const held = await holdInventory(database, 260);
    const waiting = reserveAtOnce([apps[0]], 10, 260);
    const { result, ms } = await timed(reserveAtOnce([apps[0]], 10, 261));
    await held.release();
    expect(tally(result)).toEqual({ 201: 10 });
    expect(ms).toBeLessThan(1_500);
    expect(tally(await waiting)).toEqual({ 201: 10 });
  });

  it('show no more units than there are while they are being sold', async () => {
    await addProducts(database, [270], { ota: 60, direct: 0 });
    const selling = reserveAtOnce(apps, 60, 270);
    const seen = await Promise.all(range(0, 40).map((n) => apps[n % 2 ? 1 : 0].api.available(PARTNER_A, 270)));
    for (const units of seen) {
      expect(units).toBeGreaterThanOrEqual(0);
      expect(units).toBeLessThanOrEqual(60);
    }
    expect(tally(await selling)).toEqual({ 201: 60 });
    expect(await apps[1].api.available(PARTNER_A, 270)).toBe(0);
  });
});
