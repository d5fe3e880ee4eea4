import { bootApp, PARTNER_A } from '../support/app.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { type Ended, runService } from '../support/service.js';
import { expectSound } from '../support/soundness.js';

const WITHIN_MS = 60_000;
const DEMO = { DEMO_DATA: 'true' };

let database: TestDatabase;
beforeEach(async () => {
  database = await emptyDatabase();
});
afterEach(() => database.drop());

async function migrate(settings: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const ended = await runService({ DATABASE_URL: database.url, ...settings }, WITHIN_MS, 'migrate');
  expect(ended).toEqual({ code: 0, output: expect.stringMatching(/the database is up to date\n$/) });
  return ended;
}

const ids = async (table: 'products' | 'partners'): Promise<unknown[]> =>
  (await database.rows<{ id: unknown }>(`SELECT id FROM ${table} ORDER BY id`)).map(({ id }) => id);

describe('npm run migrate', () => {
  it("plants nothing in an operator's database", async () => {
    expect((await migrate()).output).toContain('migration 0001_products.sql');
    expect([await ids('products'), await ids('partners')]).toEqual([[], []]);
  });

  it('loads the demo data with DEMO_DATA=true, once, for instances that may not', async () => {
    expect((await migrate(DEMO)).output).toContain('demo data loaded');
    const service = await bootApp(database.url, { MIGRATE_ON_START: 'false', ...DEMO });
    expect(await service.api.available(PARTNER_A, 106)).toBe(1800);
    expect((await service.api.reserve(PARTNER_A, { product_id: 106, quantity: 5 })).status).toBe(201);
    expect((await migrate(DEMO)).output).toBe('allotment: the database is up to date\n');
    expect(await service.api.available(PARTNER_A, 106)).toBe(1795);
    await service.close();
    await expectSound(database);
  });

  it('leaves a database that is in use alone, even with DEMO_DATA=true', async () => {
    await migrate();
    await database.rows("INSERT INTO partners (id, name, channel_id) VALUES ('own', 'own', 'ota')");
    await migrate(DEMO);
    expect([await ids('products'), await ids('partners')]).toEqual([[], ['own']]);
  });
});
