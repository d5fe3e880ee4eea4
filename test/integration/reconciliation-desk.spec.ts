import { setTimeout as sleep } from 'node:timers/promises';

import { bootApp, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { setCounters } from '../support/drift.js';
import { expectSound } from '../support/soundness.js';

let database: TestDatabase;
let services: [TestApp, TestApp];

beforeAll(async () => {
  database = await demoDatabase();
  await addOperator(database);
  services = [await bootApp(database.url), await bootApp(database.url)];
});
afterAll(async () => {
  for (const service of services) await service.close();
  await expectSound(database);
  await database.drop();
});

const [ONE, OTHER] = [0, 1] as const;
const state = (n: 0 | 1) => services[n].api.desk(OPERATOR, 'GET reconciliation');
const run = (body?: unknown, n: 0 | 1 = ONE) => services[n].api.desk(OPERATOR, 'POST reconciliation', body);

const OFF = { product_id: 106, channel_id: 'ota', number: 'reserved', counter: 5, rows: 0, ledger: 0 };

describe('reconciliation over the API', () => {
  it('says that there was none', async () => {
    expect((await state(ONE)).body).toEqual({ running: false, asked_by: null, last: null });
  });

  it('runs when it is asked to and answers what it found; every instance tells it afterwards', async () => {
    await setCounters(database, 106, 'ota', { reserved: 5 });
    const { status, body } = await run();
    expect(status).toBe(200);
    expect(body).toEqual({
      running: false,
      asked_by: expect.stringMatching(/^key:\d+$/),
      last: expect.objectContaining({ products: 3, sound: false, differences: [OFF], repairs: [] }),
    });
    expect((await state(OTHER)).body).toEqual(body);
  });

  it('looks at some products only', async () => {
    const { body } = await run({ product_ids: [107, 108, 107] });
    expect(body).toMatchObject({ last: { products: 2, sound: true } });
  });

  it('repairs, and the ledger says who had it done and why', async () => {
    const { body } = await run({ repair: true, reason: 'set by hand' }, OTHER);
    expect(body).toMatchObject({ last: { sound: true, repairs: [{ product_id: 106, outcome: 'repaired' }] } });
    const [line] = await database.rows<{ actor: string; reason: string }>(
      "SELECT actor, reason FROM inventory_movements WHERE product_id = 106 AND kind = 'repaired'",
    );
    expect(line).toEqual({ actor: body['asked_by'], reason: 'set by hand' });
    expect((await run()).body).toMatchObject({ last: { sound: true, differences: [] } });
  });

  it('keeps the last one of the clock, too', async () => {
    const clock = await bootApp(database.url, { RECONCILE_INTERVAL_SECONDS: '1' });
    try {
      await sleep(2_500);
      expect((await state(ONE)).body).toMatchObject({ asked_by: null, last: { sound: true } });
    } finally {
      await clock.close();
    }
  });

  it.each([
    ['a product that there is not', { product_ids: [106, 999] }, 404, 'product_not_found'],
    ['none at all', { product_ids: [] }, 422, 'invalid_product_ids'],
    ['one that is no id', { product_ids: [106, 0] }, 422, 'invalid_product_ids'],
    ['ids as texts', { product_ids: ['106'] }, 400, 'malformed_request'],
    ['a repair that is neither yes nor no', { repair: 'yes' }, 400, 'malformed_request'],
    ['a reason that is too long', { reason: 'x'.repeat(501) }, 422, 'invalid_text'],
    ['an unknown member', { products: [106] }, 400, 'malformed_request'],
  ])('refuses %s', async (_, body, status, code) => {
    const reply = await run(body);
    expect([reply.status, reply.body['code']]).toEqual([status, code]);
  });

  it('answers 202 when it takes long, and tells what it found afterwards', async () => {
    const connection = await database.pool.getConnection();
    await connection.query('LOCK TABLES channel_reservations WRITE');
    try {
      const { status, body } = await run({ product_ids: [106] });
      expect([status, body['running']]).toEqual([202, true]);
      expect((await run({}, OTHER)).body).toMatchObject({ code: 'reconciliation_running' });
    } finally {
      await connection.query('UNLOCK TABLES');
      connection.release();
    }
    for (let tries = 0; (await state(ONE)).body['running'] && tries < 100; tries++) await sleep(50);
    expect((await state(OTHER)).body).toMatchObject({ running: false, last: { products: 1, sound: true } });
  }, 30_000);
});
