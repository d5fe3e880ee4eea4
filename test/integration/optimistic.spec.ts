import { randomUUID } from 'node:crypto';

import type { Problem } from '../support/api.js';
import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { hold, holdInventory, waitForLockWaits } from '../support/locks.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, makeOverdue, range, reservationsOf, tally } from '../support/stock.js';
import { eventually, givenUpForgotten } from '../support/wait.js';

/** Reserves add to a product's row unread, and only if there is room for all of them. */

const UNITS = 100;
const MANY = 64;

let database: TestDatabase;
let network: CuttingProxy;
let service: TestApp;
let other: TestApp;
let product = 700;

beforeAll(async () => {
  database = await demoDatabase();
  network = await startCuttingProxy(database.url);
  service = await bootApp(network.url);
  other = await bootApp(database.url);
  await Promise.all([service, other].map(({ api }) => api.available(PARTNER_A, 106)));
});
afterAll(async () => {
  await Promise.all([service, other].map((app) => app.close()));
  await network.close();
  await database.drop();
});
/** A product whose prices the instance has read. */
beforeEach(async () => {
  product++;
  await addProducts(database, [product], { ota: UNITS, direct: UNITS });
  expect((await reserve()).status).toBe(201);
  network.sent.length = 0;
});

const reserve = (quantity = 1, key?: string, by = service) =>
  by.api.reserve(PARTNER_A, { product_id: product, quantity }, key === undefined ? {} : { 'idempotency-key': key });

const roundTrips = (): string[] => network.sent.filter((text) => /BEGIN;|COMMIT$/.test(text));
const ONE = [expect.stringMatching(/BEGIN;\s[^]*FOR UPDATE NOWAIT;[^]*;\s+COMMIT$/) as unknown];

/** `by hand`: the direct channel has given some to one that the ledger doesn't know. */
const shares = (byHand: number, reserved: number) => ({
  direct: { allocated: UNITS - byHand, reserved: 0, sold: 0 },
  ota: { allocated: UNITS, reserved, sold: 0 },
  ...(byHand > 0 && { retail: { allocated: byHand, reserved: 0, sold: 0 } }),
});

const batches = (outcome: 'done' | 'row_taken' | 'given_up'): Promise<number> =>
  metric(`allotment_optimistic_batches_total\\{outcome="${outcome}"\\}`);
const queueDepth = (): Promise<number> => metric('allotment_queue_depth');

async function metric(name: string): Promise<number> {
  const { text } = await service.api.send('/metrics');
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

describe('a product that has room', () => {
  it.each([
    ['without a key', undefined],
    ['with a key', randomUUID()],
  ])('is reserved of in one round trip, %s', async (_, key) => {
    const before = await batches('done');
    const first = await reserve(3, key);
    expect(first.status).toBe(201);
    expect(roundTrips()).toEqual(ONE);
    expect(await batches('done')).toBe(before + 1);
    const { reservation_id, created_at, expires_at } = first.body;
    const [stored] = (await reservationsOf(database, product)).filter((of) => of.reservation_id === reservation_id);
    expect(stored).toMatchObject({ quantity: 3, status: 'active' });
    const [times] = await database.rows<object>(
      `SELECT created_at, expires_at FROM channel_reservations WHERE reservation_id = ?`,
      [reservation_id],
    );
    expect(times).toEqual({ created_at: new Date(created_at), expires_at: new Date(expires_at) });
    if (key !== undefined) {
      const again = await reserve(3, key);
      expect(again.text).toBe(first.text);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    }
    await expectSound(database);
  });

  it.each([
    ['without a key', undefined],
    ['with a key', randomUUID()],
  ])('holds until the time that was asked for, %s', async (_, key) => {
    const expiresAt = new Date(Date.now() + 3_600_123).toISOString();
    const ask = () =>
      service.api.reserve(
        PARTNER_A,
        { product_id: product, quantity: 1, reservation_expires_at: expiresAt },
        key === undefined ? {} : { 'idempotency-key': key },
      );
    const { status, body, text } = await ask();
    expect(status).toBe(201);
    expect(roundTrips()).toEqual(ONE);
    expect(body).toMatchObject({ expires_at: expiresAt, reserved_until: expiresAt });
    expect(Math.abs(Date.parse(body.created_at) - Date.now())).toBeLessThan(60_000);
    if (key !== undefined) expect((await ask()).text).toBe(text);
    await expectSound(database);
  });

  it.each([
    ['over', -1_000, /lie in the future/],
    ['further off than the partner may hold', 8 * 86_400_000, /at the latest/],
  ])('is read before a time is refused that is %s', async (_, ms, detail) => {
    const refused = await service.api.reserve<Problem>(PARTNER_A, {
      product_id: product,
      quantity: 1,
      reservation_expires_at: new Date(Date.now() + ms).toISOString(),
    });
    expect(refused).toMatchObject({ status: 422, body: { code: 'expiry_out_of_range' } });
    expect(JSON.stringify(refused.body)).toMatch(detail);
    expect(roundTrips().at(-1)).toMatch(/SKIP LOCKED/);
  });

  it.each(['0001-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z', '2039-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'])(
    'is read before an end at %s is refused',
    async (expiresAt) => {
      const ask = { product_id: product, quantity: 1, reservation_expires_at: expiresAt };
      const refused = await service.api.reserve<Problem>(PARTNER_A, ask);
      expect(refused).toMatchObject({ status: 422, body: { code: 'expiry_out_of_range' } });
      expect(roundTrips().filter((text) => text.includes('NOWAIT'))).toEqual([]);
    },
  );

  it(`takes no more statements for ${MANY} that wait than for two`, async () => {
    // Whoever reserves share-locks its partner, so the first one doesn't end.
    const partner = await hold(database, `SELECT 1 FROM partners WHERE id = 'partner-a' FOR UPDATE`);
    const first = reserve();
    await waitForLockWaits(database, 1);
    const others = range(0, MANY).map(() => reserve());
    await eventually('all are queued', async () => (await queueDepth()) === MANY);
    await partner.release();
    expect(tally(await Promise.all([first, ...others]))).toEqual({ 201: 1 + MANY });
    const [alone = 0, ...together] = roundTrips().map((text) => text.split(/;\s/).length);
    // One more: the prices, which they share.
    expect(together).toEqual([alone + 1, alone + 1]);
    await expectSound(database);
  });

  it('is of the time at which the row was had', async () => {
    // A step is read, and others have the row in between, so that all ways are in one ledger.
    for (const by of [service, other, service]) {
      const { body } = await reserve(1, undefined, by);
      expect((await by.api.step(PARTNER_A, body.reservation_id, 'cancel')).status).toBe(200);
    }
    const lock = await holdInventory(database, product);
    const waiting = Promise.all([reserve(), reserve(1, undefined, other)]);
    await waitForLockWaits(database, 2);
    const [held] = await database.rows<{ ms: number }>(
      'SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000 AS SIGNED) AS ms',
    );
    await lock.release();
    expect(tally(await waiting)).toEqual({ 201: 2 });
    const lines = await database.rows<{ ms: number }>(
      `SELECT CAST(UNIX_TIMESTAMP(occurred_at) * 1000 AS SIGNED) AS ms FROM inventory_movements
       WHERE product_id = ? AND kind <> 'opened' ORDER BY seq`,
      [product],
    );
    const times = lines.map(({ ms }) => ms);
    expect(times).toHaveLength(9);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-2)).toBeGreaterThanOrEqual(held?.ms ?? Infinity);
  });

  it('is read before a partner is told no, or changes what it holds', async () => {
    const { body } = await reserve();
    expect((await service.api.step(PARTNER_A, body.reservation_id, 'cancel')).status).toBe(200);
    expect(await reserve(UNITS)).toMatchObject({ status: 409, body: { available: UNITS - 1 } });
    const READ = expect.stringContaining('SKIP LOCKED') as unknown;
    const WRITTEN = expect.stringMatching(/COMMIT$/) as unknown;
    expect(roundTrips()).toEqual([...ONE, READ, WRITTEN, ...ONE, READ]);
  });
});

describe('a product that others write', () => {
  it('is added to in one round trip, whoever wrote it last', async () => {
    for (let n = 0; n < 5; n++) {
      expect((await reserve(1, undefined, other)).status).toBe(201);
      network.sent.length = 0;
      expect((await reserve()).status).toBe(201);
      expect(roundTrips()).toEqual(ONE);
    }
    await expectSound(database);
  });

  it('is sold out when another instance has sold it', async () => {
    expect((await reserve(UNITS - 1, undefined, other)).status).toBe(201);
    expect(await reserve()).toMatchObject({ status: 409, body: { available: 0 } });
    await expectSound(database);
  });

  it('has the units that another instance gave back', async () => {
    const { body } = await reserve(UNITS - 1);
    expect((await other.api.step(PARTNER_A, body.reservation_id, 'cancel')).status).toBe(200);
    expect((await reserve(UNITS - 1)).status).toBe(201);
    await expectSound(database);
  });

  it('has the units of holds that are overdue', async () => {
    await reserve(UNITS - 1);
    await makeOverdue(database, [product]);
    const before = await batches('given_up');
    expect((await reserve(UNITS)).status).toBe(201);
    expect(await batches('given_up')).toBe(before + 1);
    await expectSound(database);
  });

  it('keeps what was changed by hand, without a line in the ledger', async () => {
    const write = (byHand: number, reserved: number) =>
      database.rows('UPDATE product_inventory SET channel_allocations = ? WHERE product_id = ?', [
        JSON.stringify(shares(byHand, reserved)),
        product,
      ]);
    await write(20, 1);
    expect((await reserve(5)).status).toBe(201);
    const [row] = await database.rows<object>(
      'SELECT channel_allocations FROM product_inventory WHERE product_id = ?',
      [product],
    );
    expect(row).toEqual({ channel_allocations: shares(20, 6) });
    await write(0, 6);
    await expectSound(database);
  });

  it('is sold at the price that was set', async () => {
    await database.rows('UPDATE products SET weekday_price = 1, weekend_price = 1 WHERE id = ?', [product]);
    expect((await reserve()).body.pricing_snapshot).toMatchObject({ base_price: 1 });
  });

  it('is not sold once its product is retired', async () => {
    await database.rows(`UPDATE products SET status = 'retired' WHERE id = ?`, [product]);
    expect(await reserve()).toMatchObject({ status: 422, body: { code: 'unknown_product' } });
  });

  it('answers a key that was used elsewhere with its first answer', async () => {
    const key = randomUUID();
    const first = await reserve(2, key, other);
    const again = await reserve(2, key);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(roundTrips()).toEqual([...ONE, expect.stringContaining('SKIP LOCKED')]);
    await expectSound(database);
  });

  it('is read for a while once there was no room', async () => {
    const before = await batches('given_up');
    for (let n = 0; n < 5; n++) expect((await reserve(UNITS)).status).toBe(409);
    expect((await reserve()).status).toBe(201);
    expect(await batches('given_up')).toBe(before + 1);
    await givenUpForgotten();
    network.sent.length = 0;
    expect((await reserve()).status).toBe(201);
    expect(roundTrips()).toEqual(ONE);
    await expectSound(database);
  });
});

describe('a row that somebody has locked', () => {
  it('is waited for by a transaction of its own', async () => {
    const before = await batches('row_taken');
    const lock = await holdInventory(database, product);
    const waiting = reserve();
    await waitForLockWaits(database, 1);
    expect(roundTrips().map((text) => /FOR UPDATE( NOWAIT| SKIP LOCKED)?/.exec(text)?.[0])).toEqual([
      'FOR UPDATE NOWAIT',
      'FOR UPDATE',
    ]);
    expect(await batches('row_taken')).toBe(before + 1);
    expect((await service.api.reserve(PARTNER_A, { product_id: 107, quantity: 1 })).status).toBe(201);
    await lock.release();
    expect((await waiting).status).toBe(201);
    await expectSound(database);
  });
});

describe('instances that take turns on a product', () => {
  it('sell each unit once', async () => {
    const left = UNITS - 1;
    const replies = [];
    for (let n = 0; n < MANY; n++) {
      replies.push(...(await Promise.all([service, other].map((by) => reserve(1, undefined, by)))));
    }
    expect(tally(replies)).toEqual({ 201: left, 409: 2 * MANY - left });
    await expectSound(database);
  });
});
