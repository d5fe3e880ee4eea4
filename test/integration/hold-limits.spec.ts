import { setTimeout as sleep } from 'node:timers/promises';

import type { Problem, Reply, Reserved } from '../support/api.js';
import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { endIn, holdUnits, inSeconds } from '../support/life.js';
import { holdInventory, waitForLockWaits } from '../support/locks.js';
import { addKey, addPartner, limitPartner } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, makeOverdue, range, tally } from '../support/stock.js';

jest.setTimeout(60_000);

const CLIENTS = 64;

let database: TestDatabase;
let instances: readonly TestApp[];
let products = 900;
let partners = 0;

beforeAll(async () => {
  database = await demoDatabase();
  instances = await Promise.all([bootApp(database.url), bootApp(database.url)]);
});
afterEach(() => expectSound(database));
afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.close()));
  await database.drop();
});

const instance = (n: number): TestApp => {
  const one = instances[n % instances.length];
  if (!one) throw new Error('there are two');
  return one;
};

/** A partner of its own for each test: keys are remembered with their limits. @returns its id, which is its key too */
async function limited(limits: Parameters<typeof limitPartner>[2]): Promise<string> {
  const id = `limited-${++partners}`;
  await addPartner(database, id);
  await addKey(database, id, id);
  await limitPartner(database, id, limits);
  return id;
}

async function newProducts(count: number, units = 1_000): Promise<number[]> {
  const ids = range(products, count);
  products += count;
  await addProducts(database, ids, { ota: units, direct: 5 });
  return ids;
}

const newProduct = async (units?: number): Promise<number> => (await newProducts(1, units))[0] ?? 0;

type Answer = Reply<Reserved & Problem>;

const reserve = (key: string, productId: number, quantity: number, n = 0): Promise<Answer> =>
  instance(n).api.reserve<Reserved & Problem>(key, { product_id: productId, quantity });

async function unitsOf(partnerId: string, condition = 'TRUE'): Promise<{ held: number; sold: number }> {
  const [units] = await database.rows<{ held: number; sold: number }>(
    `SELECT CAST(COALESCE(SUM(IF(status = 'active' AND expires_at > NOW(6), quantity, 0)), 0) AS SIGNED) AS held,
       CAST(COALESCE(SUM(IF(status = 'activated', quantity, 0)), 0) AS SIGNED) AS sold
     FROM channel_reservations WHERE partner_id = ? AND ${condition}`,
    [partnerId],
  );
  if (!units) throw new Error('a sum has a row');
  return units;
}

describe(`${CLIENTS} clients of two instances`, () => {
  it('hold exactly as many units of a product as their partner may', async () => {
    const [partner, product] = [await limited({ held_per_product_max: 10 }), await newProduct()];
    const replies = await Promise.all(range(0, CLIENTS).map((n) => reserve(partner, product, 1, n)));
    expect(tally(replies)).toEqual({ 201: 10, 409: CLIENTS - 10 });
    expect(await unitsOf(partner)).toEqual({ held: 10, sold: 0 });
    for (const reply of replies.filter(({ status }) => status === 409)) {
      expect(expectProblem(reply, 409, 'hold_limit_reached')).toMatchObject({
        limit_name: 'held_per_product_max',
        limit: 10,
        outstanding: 10,
        left: 0,
        product_id: product,
        requested: 1,
      });
    }
  });

  it('never hold more while they hold, sell, extend and cancel, and holds end', async () => {
    const [partner, product] = [await limited({ held_per_product_max: 12, product_quota: 40 }), await newProduct()];
    let most = { held: 0, quota: 0 };
    const watching = new AbortController();
    const watch = (async () => {
      while (!watching.signal.aborted) {
        const { held, sold } = await unitsOf(partner);
        most = { held: Math.max(most.held, held), quota: Math.max(most.quota, held + sold) };
      }
    })();
    const client = async (n: number): Promise<void> => {
      const { api } = instance(n);
      for (const round of range(0, 6)) {
        const { status, body } = await reserve(partner, product, 1 + ((n + round) % 3), n);
        if (status !== 201) continue;
        const id = body.reservation_id;
        const next = (n + round) % 5;
        if (next === 0) await api.step(partner, id, 'activate');
        if (next === 1) await api.step(partner, id, 'activate', { quantity: 1 });
        if (next === 2) await endIn(database, id, 0);
        if (next === 3) await api.step(partner, id, 'cancel');
      }
    };
    await Promise.all(range(0, CLIENTS).map(client));
    watching.abort();
    await watch;
    expect(most.held).toBeLessThanOrEqual(12);
    expect(most.quota).toBeLessThanOrEqual(40);
    // To the last unit: what is left can be had, and no more.
    for (const reply of range(0, 60)) await reserve(partner, product, 1, reply);
    const { held, sold } = await unitsOf(partner);
    expect(sold).toBeGreaterThan(0);
    expect(held === 12 || held + sold === 40).toBe(true);
  });

  it('may exceed a limit over all products by what is under way of other products, and then get nothing', async () => {
    const partner = await limited({ held_max: 10 });
    const several = await newProducts(8);
    const replies = await Promise.all(
      range(0, CLIENTS).map((n) => reserve(partner, several[n % several.length] ?? 0, 1, n)),
    );
    const { held } = await unitsOf(partner);
    // Each of n transactions under way at once may give out what was left before: 10, to 8 products.
    expect(held).toBeGreaterThanOrEqual(10);
    expect(held).toBeLessThanOrEqual(10 * several.length);
    expect(tally(replies)).toEqual({ 201: held, 409: CLIENTS - held });
    const after = await Promise.all(range(0, CLIENTS).map((n) => reserve(partner, several[n % 8] ?? 0, 1, n)));
    expect(tally(after)).toEqual({ 409: CLIENTS });
    expect(expectProblem(await reserve(partner, several[0] ?? 0, 1), 409, 'hold_limit_reached')).toMatchObject({
      limit_name: 'held_max',
      limit: 10,
      outstanding: held,
      left: 0,
    });
  });

  it('of one product keep a limit over all products exactly', async () => {
    const [partner, product] = [await limited({ held_max: 10 }), await newProduct()];
    const other = await newProduct();
    expect((await reserve(partner, other, 4)).status).toBe(201);
    const replies = await Promise.all(range(0, CLIENTS).map((n) => reserve(partner, product, 1, n)));
    expect(tally(replies)).toEqual({ 201: 6, 409: CLIENTS - 6 });
  });
});

it('a transaction on several products counts for each what it gave of those before', async () => {
  const partner = await limited({ held_max: 10 });
  const several = await newProducts(8);
  // Whoever reserves share-locks its partner, so what is under way doesn't end, and the rest goes together.
  const connection = await database.pool.getConnection();
  await connection.query('BEGIN');
  await connection.query("SELECT 1 FROM partners WHERE id = 'partner-a' FOR UPDATE");
  const { api } = instance(0);
  const underWay = [106, 107].map((id) => api.reserve(PARTNER_A, { product_id: id, quantity: 1 }));
  await waitForLockWaits(database, 2);
  const waiting = several.map((id) => reserve(partner, id, 3));
  await sleep(200);
  await connection.query('COMMIT');
  connection.release();
  expect(tally(await Promise.all(underWay))).toEqual({ 201: 2 });
  expect(tally(await Promise.all(waiting))).toEqual({ 201: 3, 409: 5 });
});

describe('an overdue hold', () => {
  it('is no longer counted, whether or not it was released', async () => {
    const [partner, product] = [
      await limited({ held_per_product_max: 5, held_max: 5, product_quota: 5 }),
      await newProduct(),
    ];
    expect((await reserve(partner, product, 5)).status).toBe(201);
    expect((await reserve(partner, product, 1)).status).toBe(409);
    await makeOverdue(database, [product]);
    expect((await reserve(partner, product, 5)).status).toBe(201);
    expect((await reserve(partner, product, 1)).status).toBe(409);
  });

  it('is told by the time under the lock, however long that was waited for', async () => {
    const [partner, product] = [await limited({ held_per_product_max: 5 }), await newProduct()];
    const { body } = await reserve(partner, product, 5);
    const lock = await holdInventory(database, product);
    const waiting = reserve(partner, product, 5);
    await waitForLockWaits(database, 1);
    // Active when the transaction began to wait.
    await lock.connection.query(
      'UPDATE channel_reservations SET expires_at = NOW(3) + INTERVAL 1 SECOND WHERE reservation_id = ?',
      [body.reservation_id],
    );
    await sleep(1_100);
    await lock.release();
    expect((await waiting).status).toBe(201);
    expect(await unitsOf(partner)).toEqual({ held: 5, sold: 0 });
  });
});

describe('a quota', () => {
  it('counts what is held and what is sold of a product, and neither of another', async () => {
    const partner = await limited({ product_quota: 10 });
    const [product = 0, other = 0] = await newProducts(2);
    const { api } = instance(0);
    const first = await holdUnits(api, product, 6, partner);
    expect((await api.step(partner, first.reservation_id, 'activate', { quantity: 5 })).status).toBe(200);
    await holdUnits(api, product, 3, partner);
    expect(expectProblem(await reserve(partner, product, 3), 409, 'hold_limit_reached')).toMatchObject({
      limit_name: 'product_quota',
      limit: 10,
      outstanding: 8,
      left: 2,
    });
    expect((await reserve(partner, product, 2)).status).toBe(201);
    expect((await reserve(partner, other, 10)).status).toBe(201);
    // A sale that is cancelled gives its units back to the quota, too.
    expect((await api.step(partner, first.reservation_id, 'cancel')).status).toBe(200);
    expect((await reserve(partner, product, 5)).status).toBe(201);
    expect((await reserve(partner, product, 1)).status).toBe(409);
  });
});

describe('extensions', () => {
  it('end at the limit, and the hold stays as it is', async () => {
    const [partner, product] = [await limited({ extensions_max: 1 }), await newProduct()];
    const { api } = instance(0);
    const { reservation_id: id } = await holdUnits(api, product, 1, partner);
    const until = inSeconds(200_000);
    expect((await api.step(partner, id, 'extend', { reservation_expires_at: until })).status).toBe(200);
    const refused = await api.step(partner, id, 'extend', { reservation_expires_at: inSeconds(300_000) });
    expect(expectProblem(refused, 409, 'hold_limit_reached')).toMatchObject({
      limit_name: 'extensions_max',
      limit: 1,
      outstanding: 1,
      left: 0,
    });
    expect((await api.reservation(partner, id)).body).toMatchObject({ extensions: 1, expires_at: until });
  });
});

describe('what a limit does not touch', () => {
  it('is a repeat under its key, and what other partners hold', async () => {
    const [partner, product] = [await limited({ held_per_product_max: 2 }), await newProduct()];
    const { api } = instance(0);
    const ask = () => api.reserve(partner, { product_id: product, quantity: 2 }, { 'idempotency-key': 'limited once' });
    const [first, again] = [await ask(), await ask()];
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
    await holdUnits(api, product, 50);
    expect((await reserve(partner, product, 1)).status).toBe(409);
  });

  it('is what comes first: too few units, too large a request', async () => {
    const [partner, product] = [await limited({ held_per_product_max: 2 }), await newProduct(150)];
    expectProblem(await reserve(partner, product, 151), 409, 'insufficient_inventory');
    expectProblem(await reserve(partner, product, 101), 422, 'quantity_out_of_range');
    expectProblem(await reserve(partner, product, 3), 409, 'hold_limit_reached');
  });
});
