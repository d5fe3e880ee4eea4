import { lockInventory } from '../../src/inventory/inventory.store.js';
import { RequestTracker } from '../../src/observability/request-tracker.js';
import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { hold, holdInventory, waitForLockWaits } from '../support/locks.js';
import { addKey, addPartner, limitPartner } from '../support/partners.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range, tally } from '../support/stock.js';
import { eventually, rowsTakenForgotten } from '../support/wait.js';

/**
 * What speed rests on, as counts that can't lie: how often the database is asked, and how much. What is saved where nothing
 * has to be read is in optimistic.spec.ts.
 */

const MANY = 64;

let database: TestDatabase;
let network: CuttingProxy;
let service: TestApp;

beforeAll(async () => {
  database = await demoDatabase();
  network = await startCuttingProxy(database.url);
  service = await bootApp(network.url);
  // Keys are known and connections set up.
  await Promise.all(Array.from({ length: MANY }, () => reserve()));
  await service.api.available(PARTNER_A, 106);
  await addPartner(database, 'limited');
  await addKey(database, 'limited', 'limited-key');
  await limitPartner(database, 'limited', { held_per_product_max: 1_000, held_max: 2_000, product_quota: 3_000 });
  await limited();
});
afterAll(async () => {
  await service.close();
  await network.close();
  await database.drop();
});
beforeEach(() => {
  network.sent.length = 0;
});

const reserve = () => service.api.reserve(PARTNER_A, { product_id: 106, quantity: 1 });
/** A partner whose units have to be counted, so that they are read. */
const limited = (key?: string) =>
  service.api.reserve(
    'limited-key',
    { product_id: 106, quantity: 1 },
    key === undefined ? {} : { 'idempotency-key': key },
  );
/** But for that by which a connection that has rested is told how long it may be silent. */
const statementsIn = (text: string): number => text.replace(LIMIT, '').split(/;\s/).length;
const LIMIT = /SET SESSION wait_timeout = 5;\s/;

describe('a reserve', () => {
  it('takes two round trips when more has to be read: one to lock and read, one to write and commit', async () => {
    expect((await limited()).status).toBe(201);
    expect(sent()).toEqual([
      expect.stringMatching(/BEGIN;\s+SELECT [^;]* FOR UPDATE SKIP LOCKED;/),
      expect.stringMatching(/INSERT [^]*;\s+COMMIT$/),
    ]);
  });

  it('tells a connection that is busy only once how long it may be silent', async () => {
    for (let n = 0; n < MANY; n++) await reserve();
    const told = network.sent.filter((text) => LIMIT.test(text)).length;
    const connections = Number(
      /^allotment_pool_connections\{pool="write",state="idle"\} (\d+)$/m.exec(await metrics())?.[1],
    );
    expect(told).toBeLessThanOrEqual(connections);
    expect(connections).toBeLessThan(MANY / 2);
  });

  it('asks for prices once, and from then on for their version', async () => {
    await database.rows('UPDATE products SET weekday_price = weekday_price + 1 WHERE id = 106');
    for (const times of [1, 0, 0]) {
      network.sent.length = 0;
      await limited();
      expect([asked('price_list_version'), asked('products'), asked('special_dates')]).toEqual([
        1 + times,
        times,
        times,
      ]);
    }
  });

  it(`costs no more statements when ${MANY} come together than when one does`, async () => {
    await limited();
    const alone = sent();
    const lock = await holdInventory(database, 106);
    network.sent.length = 0;
    const first = limited();
    await waitForLockWaits(database, 1);
    const others = Array.from({ length: MANY }, () => reserve());
    await eventually('all are queued', async () => (await queueDepth()) === MANY);
    await lock.release();
    expect(tally(await Promise.all([first, ...others]))).toEqual({ 201: MANY + 1 });

    // The first one waited for the row, so all the others took part in its transaction.
    const together = transactions();
    const [readAlone = 0, writeAlone = 0] = alone.map(statementsIn);
    // One more: the prices, which they share.
    expect(together.map(statementsIn)).toEqual([readAlone, writeAlone + 1]);
    await expectSound(database);
  });
});

describe('the units that a partner has out', () => {
  it('are counted for who has a limit, in one statement of the same round trip', async () => {
    // A step has its reservation read, in the place of units.
    const { body } = await reserve();
    network.sent.length = 0;
    await service.api.step(PARTNER_A, body.reservation_id, 'cancel');
    const unlimited = sent();
    network.sent.length = 0;
    expect((await limited()).status).toBe(201);
    const [read = 0, write = 0] = unlimited.map(statementsIn);
    expect(sent().map(statementsIn)).toEqual([read, write]);
    expect(unlimited.filter((text) => text.includes('counted'))).toEqual([]);
    expect(network.sent.filter((text) => text.includes('counted'))).toHaveLength(1);
  });
});

describe('reserves of many products', () => {
  const products = range(601, MANY);
  const reserveOne = (productId: number) => service.api.reserve(PARTNER_A, { product_id: productId, quantity: 1 });
  beforeAll(() => addProducts(database, products, { ota: 10 }));
  // Of a row that was taken a moment ago the next reserve would go alone.
  beforeEach(rowsTakenForgotten);

  it('that wait go together: two round trips for all of them', async () => {
    // Whoever reserves share-locks its partner, so the transactions under way don't end.
    const partner = await hold(database, `SELECT 1 FROM partners WHERE id = 'partner-a' FOR UPDATE`);
    const underWay = [106, 107].map(reserveOne);
    await waitForLockWaits(database, 2);
    const waiting = products.map(reserveOne);
    await eventually('all are queued', async () => (await queueDepth()) === MANY);
    network.sent.length = 0;
    await partner.release();
    expect(tally(await Promise.all([...underWay, ...waiting]))).toEqual({ 201: 2 + MANY });
    expect(network.sent.filter((text) => text.includes('BEGIN;'))).toHaveLength(1);
    expect(network.sent.filter((text) => text.includes('INSERT INTO channel_reservations'))).toHaveLength(1);
    await expectSound(database);
  });

  it('lock the rows they name and no other, through the primary key', async () => {
    const { sql, values } = lockInventory(products, 'only free ones');
    const [plan] = await database.rows<object>(`EXPLAIN FORMAT=TRADITIONAL ${sql}`, values);
    expect(plan).toMatchObject({ key: 'PRIMARY', type: 'range', rows: MANY });
  });

  it('leave out one whose row somebody holds, and have it in a transaction of its own', async () => {
    const [taken = 0, ...free] = products;
    const lock = await holdInventory(database, taken);
    const partner = await hold(database, `SELECT 1 FROM partners WHERE id = 'partner-a' FOR UPDATE`);
    const under = [reserveOne(106), reserveOne(107)];
    await waitForLockWaits(database, 2);
    const waiting = [taken, taken, ...free].map(reserveOne);
    await eventually('all are queued', async () => (await queueDepth()) === waiting.length);
    await partner.release();
    expect(tally(await Promise.all([...under, ...waiting.slice(2)]))).toEqual({ 201: 2 + free.length });
    await waitForLockWaits(database, 1);
    await lock.release();
    expect(tally(await Promise.all(waiting.slice(0, 2)))).toEqual({ 201: 2 });
    await expectSound(database);
  });
});

describe('reserves with an Idempotency-Key', () => {
  it('wait for the next transaction, since their keys are read with the lock', async () => {
    const keyed = (n: number) => limited(`round-trip-${n}`);
    const lock = await holdInventory(database, 106);
    const first = keyed(0);
    await waitForLockWaits(database, 1);
    const others = Array.from({ length: MANY }, (_, n) => keyed(n + 1));
    await eventually('all are queued', async () => (await queueDepth()) === MANY);
    await lock.release();
    expect(tally(await Promise.all([first, ...others]))).toEqual({ 201: MANY + 1 });
    const [readOne = '', writeOne = '', readMany = '', writeMany = '', ...more] = transactions();
    expect(more).toEqual([]);
    expect([statementsIn(readMany), statementsIn(writeMany)]).toEqual([
      statementsIn(readOne),
      statementsIn(writeOne) + 1, // the prices, which they share
    ]);
    await expectSound(database);
  });
});

describe('a step', () => {
  it.each(['activate', 'extend', 'cancel'] as const)(
    'asks nothing before its transaction when it follows here: %s',
    async (step) => {
      const inMinutes = (minutes: number): object => ({
        reservation_expires_at: new Date(Date.now() + minutes * 60_000).toISOString(),
      });
      const { body } = await service.api.reserve(PARTNER_A, { product_id: 106, quantity: 1, ...inMinutes(5) });
      network.sent.length = 0;
      const { status } = await service.api.step(
        PARTNER_A,
        body.reservation_id,
        step,
        step === 'extend' ? inMinutes(6) : {},
      );
      expect(status).toBe(200);
      expect(sent().filter((text) => !/order_ids|LAST_INSERT_ID/.test(text))).toEqual([
        expect.stringMatching(/BEGIN;\s+SELECT [^;]* FOR UPDATE/),
        expect.stringMatching(/COMMIT$/),
      ]);
    },
  );
});

describe('GET inventory', () => {
  const ask = () =>
    service.api.get(PARTNER_A, '/api/ota/inventory?product_ids=106,107,108&date_range=2026-12-01,2026-12-31');

  it('asks for prices once, and from then on for their version', async () => {
    await ask();
    await database.rows('UPDATE products SET weekday_price = weekday_price + 1 WHERE id = 107');
    for (const times of [1, 0, 0]) {
      network.sent.length = 0;
      expect((await ask()).status).toBe(200);
      expect([asked('price_list_version'), asked('customer_discounts'), asked('special_dates')]).toEqual([
        1 + times,
        times,
        times,
      ]);
    }
  });

  it(`asks as often for ${MANY} requests that come together as for two`, async () => {
    const connection = await database.pool.getConnection();
    await connection.query('LOCK TABLES product_inventory WRITE, products WRITE, price_list_version WRITE');
    const first = ask();
    await eventually('the first one asks', () => asked('product_inventory') === 1);
    const others: ReturnType<typeof ask>[] = [];
    // One after the other, so that they aren't of one turn of the event loop, which any loader would share.
    while (others.length < MANY) {
      others.push(ask());
      await eventually('it has arrived', () => service.app.get(RequestTracker).count === others.length + 1, 10_000, 1);
    }
    await connection.query('UNLOCK TABLES');
    connection.release();
    expect(tally(await Promise.all([first, ...others]))).toEqual({ 200: MANY + 1 });
    expect([asked('product_inventory'), asked('price_list_version')]).toEqual([2, 2]);
  });
});

/** What was sent to begin and to end those that had their rows; one that found its row taken is left out. */
const transactions = (): string[] => sent().filter((text) => !text.includes('SKIP LOCKED'));

/** Round trips of transactions: keys are looked up, due holds looked for and rested connections told at any time. */
const sent = (): string[] => network.sent.filter((text) => /BEGIN;|COMMIT$/.test(text));

const asked = (table: string): number => network.sent.filter((text) => text.includes(`FROM ${table}`)).length;

async function queueDepth(): Promise<number> {
  return Number(/^allotment_queue_depth (\d+)$/m.exec(await metrics())?.[1]);
}

const metrics = async (): Promise<string> => (await service.api.send('/metrics')).text;
