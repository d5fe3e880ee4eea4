import { readMigrationFiles } from '../../src/database/migration-files.js';
import { migrate } from '../../src/database/migrations.js';
import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import { bootApp, type TestApp } from '../support/app.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { fillWithOldData, OLD_ANSWER, OLD_KEY, OLD_PRODUCT, OLD_REQUEST, schemaOf } from '../support/old-data.js';
import { addKey, addPartner } from '../support/partners.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, makeOverdue } from '../support/stock.js';

const FILES = readMigrationFiles();
const quiet = (): void => undefined;

/** Columns whose value a migration is there to change. */
const CHANGED: Readonly<Record<string, readonly string[]>> = { product_inventory: ['movement_seq', 'updated_at'] };
/** Tables to which a migration adds rows of its own. */
const GROW = new Set(['partners', 'inventory_movements']);

type Rows = Record<string, unknown>[];

/** Every row of every table, in these columns. */
async function contents(
  database: TestDatabase,
  schema: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, Rows>> {
  const tables = new Map<string, Rows>();
  for (const [table, columns] of schema) {
    const kept = columns.filter((column) => !CHANGED[table]?.includes(column));
    tables.set(table, await database.rows('SELECT ?? FROM ?? ORDER BY 1, 2', [kept, table]));
  }
  return tables;
}

describe.each(FILES.map(({ name }, n) => ({ name, n })))('a database at $name', ({ n }) => {
  let database: TestDatabase;
  let service: TestApp | undefined;
  let old: Map<string, string[]>;
  let before: Map<string, Rows>;

  beforeAll(async () => {
    database = await emptyDatabase();
    await migrate(database.url, quiet, FILES.slice(0, n + 1));
    await fillWithOldData(database);
    old = await schemaOf(database);
    before = await contents(database, old);
    await migrate(database.url, quiet);
  });
  afterAll(async () => {
    await service?.close();
    await database.drop();
  });

  it('upgrades with all that is in it', async () => {
    expect(before.get('products')).toHaveLength(2);
    const now = await schemaOf(database);
    const surviving = new Map(
      [...old].map(([table, columns]) => [table, columns.filter((column) => now.get(table)?.includes(column))]),
    );
    expect(surviving).toEqual(old); // a migration that drops something says so here
    const after = await contents(database, surviving);
    for (const [table, rows] of before) {
      expect([table, after.get(table)]).toEqual([table, expect.arrayContaining(rows)]);
      if (!GROW.has(table)) expect([table, after.get(table)?.length]).toEqual([table, rows.length]);
    }
    await expectSound(database);
  });

  it('serves its partners: reads, holds, sells, lets expire', async () => {
    const has = (table: string): boolean => old.has(table);
    if (!has('partners')) {
      await addPartner(database, 'old-partner');
      await addKey(database, 'old-partner', OLD_KEY);
    }
    const product = has('product_inventory') ? OLD_PRODUCT : 200;
    if (product === 200) await addProducts(database, [product], { ota: 10 });
    service = await bootApp(database.url);
    const { api } = service;

    const free = await api.available(OLD_KEY, product);
    const made = await api.reserve(OLD_KEY, { product_id: product, quantity: 3 });
    expect([made.status, await api.available(OLD_KEY, product)]).toEqual([201, free - 3]);
    const sold = await api.step(OLD_KEY, made.body.reservation_id, 'activate', { quantity: 1 });
    expect([sold.status, sold.body.order?.status]).toEqual([200, 'confirmed']);
    expect(await api.reservation(OLD_KEY, made.body.reservation_id)).toMatchObject({ status: 200, body: sold.body });
    await expectSound(database);

    // Holds made at 0011 had no partner yet.
    if (old.get('channel_reservations')?.includes('partner_id')) await expectOldOnesLive(service);
    if (has('idempotency_keys')) {
      const again = await api.reserve(OLD_KEY, OLD_REQUEST.body, { 'idempotency-key': OLD_REQUEST.key });
      expect([again.status, again.headers.get('idempotency-replayed'), again.body]).toEqual([201, 'true', OLD_ANSWER]);
    }

    await api.reserve(OLD_KEY, { product_id: product, quantity: 2 });
    await makeOverdue(database, [product]);
    const [held] = await database.rows<{ holds: number }>(
      "SELECT COUNT(*) AS holds FROM channel_reservations WHERE status = 'active'",
    );
    expect(held?.holds).toBeGreaterThan(0);
    expect(await service.app.get(ExpiryJob).run()).toBe(held?.holds);
    await expectSound(database);
  });
});

/** Old reservations are their partner's to read and to change. */
async function expectOldOnesLive({ api }: TestApp): Promise<void> {
  const sale = await api.reservation(OLD_KEY, 'res_old_sold');
  expect(sale).toMatchObject({
    status: 200,
    body: { status: 'activated', quantity: 9, order: { order_id: 1, total_amount: 2492, external_reference: 'BK-1' } },
  });
  const due = await api.reservation(OLD_KEY, 'res_old_due');
  expect([due.status, due.body.status]).toEqual([200, 'expired']);
  const activated = await api.step(OLD_KEY, 'res_old_held', 'activate');
  expect([activated.status, activated.body.order?.total_amount]).toEqual([200, 7 * 288]);
  expect((await api.step(OLD_KEY, 'res_old_sold', 'cancel')).body.order?.status).toBe('cancelled');
}
