import { RequestTracker } from '../../src/observability/request-tracker.js';
import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { holdInventory, waitForLockWaits } from '../support/locks.js';
import { expectSound } from '../support/soundness.js';
import { tally } from '../support/stock.js';
import { eventually } from '../support/wait.js';

/** What speed rests on, as counts that can't lie: how often the database is asked, and how much. */

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
const statementsIn = (text: string): number => text.split(/;\s/).length;

describe('a reserve', () => {
  it('takes two round trips: one to lock and read, one to write and commit', async () => {
    expect((await reserve()).status).toBe(201);
    expect(network.sent).toEqual([
      expect.stringMatching(/BEGIN;\s+SELECT [^;]* FOR UPDATE;/),
      expect.stringMatching(/INSERT [^]*;\s+COMMIT;/),
    ]);
  });

  it(`costs no more statements when ${MANY} come together than when one does`, async () => {
    const begun = network.sent.length;
    await reserve();
    const alone = network.sent.slice(begun);
    const lock = await holdInventory(database, 106);
    network.sent.length = 0;
    const first = reserve();
    await waitForLockWaits(database, 1);
    const others = Array.from({ length: MANY }, () => reserve());
    await eventually('all are queued', async () => (await queueDepth()) === MANY);
    await lock.release();
    expect(tally(await Promise.all([first, ...others]))).toEqual({ 201: MANY + 1 });

    // The first one waited for the row, so all the others took part in its transaction.
    const together = network.sent.filter((text) => /BEGIN;|COMMIT;/.test(text));
    const [readAlone = 0, writeAlone = 0] = alone.map(statementsIn);
    // One more: the prices, which they share.
    expect(together.map(statementsIn)).toEqual([readAlone, writeAlone + 1]);
    await expectSound(database);
  });
});

describe('reserves with an Idempotency-Key', () => {
  it('wait for the next transaction, since their keys are read with the lock', async () => {
    const keyed = (n: number) =>
      service.api.reserve(PARTNER_A, { product_id: 106, quantity: 1 }, { 'idempotency-key': `round-trip-${n}` });
    const lock = await holdInventory(database, 106);
    const first = keyed(0);
    await waitForLockWaits(database, 1);
    const others = Array.from({ length: MANY }, (_, n) => keyed(n + 1));
    await eventually('all are queued', async () => (await queueDepth()) === MANY);
    await lock.release();
    expect(tally(await Promise.all([first, ...others]))).toEqual({ 201: MANY + 1 });
    const [readOne = '', writeOne = '', readMany = '', writeMany = '', ...more] = network.sent.filter((text) =>
      /BEGIN;|COMMIT;/.test(text),
    );
    expect(more).toEqual([]);
    expect([statementsIn(readMany), statementsIn(writeMany)]).toEqual([
      statementsIn(readOne),
      statementsIn(writeOne) + 1, // the prices, which they share
    ]);
    await expectSound(database);
  });
});

describe('GET inventory', () => {
  it(`asks as often for ${MANY} requests that come together as for two`, async () => {
    const connection = await database.pool.getConnection();
    await connection.query('LOCK TABLES product_inventory WRITE');
    const ask = () =>
      service.api.get(PARTNER_A, '/api/ota/inventory?product_ids=106,107,108&date_range=2026-12-01,2026-12-31');
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
    expect({ stock: asked('product_inventory') }).toEqual({ stock: 2 });
    // Those who have their units go on together to the prices; the first one went alone.
    expect(asked('customer_discounts')).toBeLessThanOrEqual(3);
    expect(asked('special_dates')).toBeLessThanOrEqual(3);
  });
});

const asked = (table: string): number => network.sent.filter((text) => text.includes(`FROM ${table}`)).length;

async function queueDepth(): Promise<number> {
  const { text } = await service.api.send('/metrics');
  return Number(/^allotment_queue_depth (\d+)$/m.exec(text)?.[1]);
}
