import { readMigrationFiles } from '../../src/database/migration-files.js';
import { migrate } from '../../src/database/migrations.js';
import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import { bootApp } from '../support/app.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { expectSound } from '../support/soundness.js';

const FILES = readMigrationFiles();
const quiet = (): void => undefined;
const upTo = (number: string): Promise<string[]> =>
  migrate(
    database.url,
    quiet,
    FILES.filter(({ name }) => name.slice(0, 4) <= number),
  );

let database: TestDatabase;
beforeEach(async () => {
  database = await emptyDatabase();
});
afterEach(() => database.drop());

async function addProductsWithCaps(caps: Readonly<Record<number, number>>): Promise<void> {
  const products = Object.entries(caps);
  await database.rows(
    `INSERT INTO products (id, name, currency, time_zone, weekday_price, weekend_price) VALUES ?;
     INSERT INTO product_inventory (product_id, sellable_cap) VALUES ?`,
    [products.map(([id]) => [id, `Product ${id}`, 'CNY', 'Asia/Shanghai', 1, 1]), products],
  );
}

async function allocations(): Promise<Record<string, unknown>> {
  const rows = await database.rows<{ product_id: number; channel_allocations: Record<string, { allocated: number }> }>(
    'SELECT product_id, channel_allocations FROM product_inventory ORDER BY product_id',
  );
  return Object.fromEntries(
    rows.map((row) => [
      row.product_id,
      Object.fromEntries(Object.entries(row.channel_allocations).map(([channel, share]) => [channel, share.allocated])),
    ]),
  );
}

describe('a database with products, before 0010', () => {
  it('gives 106-108 their OTA units and leaves the rest to direct', async () => {
    await upTo('0005');
    await addProductsWithCaps({ 5: 300, 106: 5000, 107: 4000, 108: 4000, 109: 0 });
    await upTo('9999');
    expect(await allocations()).toEqual({
      5: { direct: 300 },
      106: { direct: 3000, ota: 2000 },
      107: { direct: 2500, ota: 1500 },
      108: { direct: 2500, ota: 1500 },
      109: { direct: 0 },
    });
    await expectSound(database);
  });

  it('gives the OTAs a smaller cap whole', async () => {
    await upTo('0005');
    await addProductsWithCaps({ 106: 1999, 107: 1500, 108: 0 });
    await upTo('9999');
    expect(await allocations()).toEqual({
      106: { direct: 0, ota: 1999 },
      107: { direct: 0, ota: 1500 },
      108: { direct: 0, ota: 0 },
    });
    await expectSound(database);
  });

  it('plants no product', async () => {
    await upTo('9999');
    expect(await database.rows('SELECT id FROM products')).toEqual([]);
    expect(await database.rows('SELECT id FROM partners')).toEqual([]);
  });
});

describe('a database with reservations, before 0012', () => {
  it('keeps them, under a partner that stands for them, and they can expire', async () => {
    await upTo('0005');
    await addProductsWithCaps({ 106: 5000, 107: 4000 });
    await upTo('0011');
    await database.rows(
      `INSERT INTO channel_reservations (reservation_id, product_id, channel_id, quantity, status, expires_at) VALUES
         ('res_old_1', 106, 'ota', 5, 'active', NOW(6) - INTERVAL 1 HOUR), ('res_old_2', 106, 'ota', 7, 'active', NOW(6) + INTERVAL 1 HOUR),
         ('res_old_3', 106, 'direct', 2, 'active', NOW(6) - INTERVAL 1 HOUR), ('res_old_4', 107, 'ota', 9, 'activated', NOW(6) - INTERVAL 1 HOUR),
         ('res_old_5', 107, 'ota', 4, 'cancelled', NOW(6) - INTERVAL 1 HOUR);
       UPDATE product_inventory SET channel_allocations =
         JSON_SET(channel_allocations, '$.ota.reserved', 12, '$.direct.reserved', 2) WHERE product_id = 106;
       UPDATE product_inventory SET channel_allocations = JSON_SET(channel_allocations, '$.ota.sold', 9) WHERE product_id = 107`,
    );
    await upTo('9999');

    const kept = await database.rows<{ reservation_id: string }>(
      `SELECT reservation_id, partner_id, quantity, quantity_held, JSON_TYPE(pricing_snapshot) AS snapshot
       FROM channel_reservations ORDER BY reservation_id`,
    );
    expect(kept.map(({ reservation_id }) => reservation_id)).toEqual([1, 2, 3, 4, 5].map((n) => `res_old_${n}`));
    for (const row of kept) expect(row).toMatchObject({ partner_id: 'before-0012', snapshot: 'OBJECT' });
    expect(await database.rows("SELECT status, channel_id FROM partners WHERE id = 'before-0012'")).toEqual([
      { status: 'suspended', channel_id: 'ota' },
    ]);
    await expectSound(database);

    const service = await bootApp(database.url);
    expect(await service.app.get(ExpiryJob).run()).toBe(2);
    await service.close();
    await expectSound(database);
  });
});
