import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { expectSound } from '../support/soundness.js';

describe('smoke', () => {
  let database: TestDatabase;
  let service: TestApp;
  beforeAll(async () => {
    database = await demoDatabase();
    service = await bootApp(database.url);
  });
  afterAll(async () => {
    await service.close();
    await database.drop();
  });
  it('works', async () => {
    const r = await Promise.all(
      Array.from({ length: 30 }, () => service.api.reserve(PARTNER_A, { product_id: 106, quantity: 5 })),
    );
    expect(r.map((x) => x.status)).toEqual(Array.from({ length: 30 }, () => 201));
    expect(await service.api.available(PARTNER_A, 106)).toBe(1650);
    await expectSound(database);
  });
});
