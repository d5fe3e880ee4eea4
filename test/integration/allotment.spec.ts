import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

let database: TestDatabase;
let service: TestApp;

beforeAll(async () => {
  database = await demoDatabase();
  await addOperator(database);
  service = await bootApp(database.url);
});
afterAll(async () => {
  await service.close();
  await expectSound(database);
  await database.drop();
});

const desk = (...args: Parameters<TestApp['api']['desk']> extends [string, ...infer Rest] ? Rest : never) =>
  service.api.desk(OPERATOR, ...args);

describe('the allotment of a product', () => {
  beforeAll(() => addProducts(database, [901], { direct: 30, ota: 20 }));

  it('is read with its version', async () => {
    const { status, body, headers } = await desk('GET products/901/allotment');
    expect({ status, etag: headers.get('etag') }).toEqual({ status: 200, etag: '"50.direct-30.ota-20"' });
    expect(body).toEqual({
      product_id: 901,
      sellable_cap: 50,
      version: '50.direct-30.ota-20',
      channels: [
        { channel_id: 'direct', allocated: 30, reserved: 0, sold: 0, free: 30 },
        { channel_id: 'ota', allocated: 20, reserved: 0, sold: 0, free: 20 },
      ],
    });
  });

  it('is changed by a transfer', async () => {
    await service.api.reserve(PARTNER_A, { product_id: 901, quantity: 15 });
    const transfer = { from: 'ota', to: 'direct', units: 5, reason: 'not selling' };
    const { status, body } = await desk('POST products/901/transfers', transfer, {
      'if-match': '"50.direct-30.ota-20"',
    });
    expect(body).toMatchObject({ dry_run: false, allotment: { version: '50.direct-35.ota-15' } });
    expect(status).toBe(200);
    expect(
      await database.rows(
        `SELECT channel_id, kind, units, actor LIKE 'key:%' AS known, reason FROM inventory_movements WHERE product_id = 901 AND reason IS NOT NULL ORDER BY seq`,
      ),
    ).toEqual([
      { channel_id: 'ota', kind: 'deallocated', units: 5, known: 1, reason: 'not selling' },
      { channel_id: 'direct', kind: 'allocated', units: 5, known: 1, reason: 'not selling' },
    ]);
    expect((await desk('POST products/901/transfers', transfer, { 'if-match': '*' })).body).toMatchObject({
      code: 'allocation_in_use',
      available: 0,
    });
    expect((await desk('POST products/901/transfers', transfer)).status).toBe(428);
    expect((await desk('POST products/901/transfers', transfer, { 'if-match': '"50.direct-30.ota-20"' })).status).toBe(
      412,
    );
  });
});
