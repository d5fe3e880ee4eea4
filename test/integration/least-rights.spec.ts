import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createConnection } from 'mysql2/promise';

import { ReconciliationService } from '../../src/reconciliation/reconciliation.service.js';
import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import { connectionOptions } from '../../src/database/pools.js';
import { databaseName } from '../../src/database/typeorm.js';
import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { demoDatabase, env, type TestDatabase } from '../support/database.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { setCounters } from '../support/drift.js';
import { expectSound } from '../support/soundness.js';

const GRANTS = readFileSync(join(__dirname, '..', '..', 'deploy', 'mysql', 'app-grants.sql'), 'utf8');

/** To a table, a column, a database; without a right on the whole server. */
const DENIED = [1142, 1143, 1044, 1227];

const LINE = `INSERT INTO inventory_movements (product_id, seq, channel_id, kind, units, allocated, reserved, sold, occurred_at)
  VALUES (106, 1, 'ota', 'opened', 1, 1, 0, 0, NOW(6))`;

describe('a user with the rights of deploy/mysql/app-grants.sql', () => {
  const user = `allotment_app_${process.pid}`;
  let database: TestDatabase;
  let service: TestApp;
  let url: string;

  const asRoot = async (sql: string): Promise<void> => {
    const root = await createConnection({ uri: env('TEST_MYSQL_ROOT_URL'), multipleStatements: true });
    try {
      await root.query(sql);
    } finally {
      await root.end();
    }
  };

  beforeAll(async () => {
    database = await demoDatabase();
    const grants = GRANTS.replaceAll('allotment_app', user);
    await asRoot(`USE ${databaseName(database.url)}; CREATE USER '${user}'@'%' IDENTIFIED BY 'secret'; ${grants}`);
    const least = new URL(database.url);
    least.username = user;
    least.password = 'secret';
    url = least.href;
    service = await bootApp(url, { MIGRATE_ON_START: 'false' });
  });

  afterAll(async () => {
    await service.close();
    await asRoot(`DROP USER '${user}'@'%'`);
    await database.drop();
  });

  it('runs the whole service', async () => {
    const { api } = service;
    expect((await api.send('/health/ready')).status).toBe(200);
    const [sold, given, late] = await Promise.all(
      [1, 2, 3].map((n) => api.reserve(PARTNER_A, { product_id: 106, quantity: 5 }, { 'idempotency-key': `k${n}` })),
    );
    expect((await api.step(PARTNER_A, sold?.body.reservation_id ?? '', 'activate', { quantity: 3 })).status).toBe(200);
    expect((await api.step(PARTNER_A, sold?.body.reservation_id ?? '', 'cancel')).status).toBe(200);
    expect((await api.step(PARTNER_A, given?.body.reservation_id ?? '', 'cancel')).status).toBe(200);
    await database.rows('UPDATE channel_reservations SET expires_at = NOW(6) WHERE reservation_id = ?', [
      late?.body.reservation_id,
    ]);
    expect(await service.app.get(ExpiryJob).run()).toBe(1);
    expect(await api.available(PARTNER_A, 106)).toBe(1800);
    await expectSound(database);
  });

  it('runs the whole desk', async () => {
    await addOperator(database);
    const desk = async (
      ...args: Parameters<typeof service.api.desk> extends [string, ...infer Rest] ? Rest : never
    ) => {
      const { status, body } = await service.api.desk(OPERATOR, ...args);
      expect([args[0], Math.floor(status / 100), body]).toEqual([args[0], 2, body]);
      return body;
    };
    await desk('POST channels', { channel_id: 'corporate', name: 'Corporate' });
    await desk('PATCH channels/corporate', { name: 'Corporate customers' });
    const product = { name: 'Walk', currency: 'EUR', time_zone: 'Europe/Berlin', weekday_price: 5 };
    await desk('POST products', {
      ...product,
      product_id: 950,
      customer_discounts: { child: 1, vip: 1 },
      sellable_cap: 5,
    });
    await desk('PATCH products/950', {
      name: 'Long walk',
      status: 'retired',
      cutoff_hours: 1,
      weekday_price: 6,
      weekend_price: 7,
      customer_discounts: { child: 2, vip: null },
    });
    await desk('PUT special-dates/2030-01-01', { multiplier: 2 });
    await desk('PUT special-dates/2030-01-01', { multiplier: 3 });
    await desk('DELETE special-dates/2030-01-01');
    await desk('POST partners', { partner_id: 'new', name: 'New', channel_id: 'corporate' });
    const limits = { quantity_max: 1, hold_max_seconds: 60, requests_per_minute_max: 9 };
    await desk('PATCH partners/new', { name: 'Newer', status: 'suspended', ...limits });
    const { key_id: id } = await desk('POST partners/new/keys', { label: 'x', scopes: ['inventory:read'] });
    await desk(`POST keys/${id as number}/rotate`, { overlap_seconds: 0 });
    await desk(`POST keys/${id as number}/revoke`);
    await desk('GET log');
    await expectSound(database);
  });

  it('repairs counters', async () => {
    await setCounters(database, 107, 'ota', { reserved: 9 });
    const { repairs } = await service.app.get(ReconciliationService).run(true);
    expect(repairs).toEqual([expect.objectContaining({ productId: 107, kind: 'repaired' })]);
    await expectSound(database);
  });

  it.each([
    ['change the ledger', 'UPDATE inventory_movements SET units = 0 WHERE product_id = 106'],
    ['change it by a join', 'UPDATE inventory_movements m JOIN products p ON p.id = m.product_id SET m.units = 0'],
    ['change it without changing anything', 'UPDATE inventory_movements SET units = units'],
    ['change a line by adding it', `${LINE} ON DUPLICATE KEY UPDATE units = 0`],
    ['replace a line', LINE.replace('INSERT', 'REPLACE')],
    ['shorten the ledger', 'DELETE FROM inventory_movements'],
    ['shorten it by a join', 'DELETE m FROM inventory_movements m JOIN products p ON p.id = m.product_id'],
    ['empty it', 'TRUNCATE TABLE inventory_movements'],
    ['drop it', 'DROP TABLE inventory_movements'],
    ['put another in its place', 'RENAME TABLE inventory_movements TO old_movements'],
    ['move its lines elsewhere', 'ALTER TABLE inventory_movements PARTITION BY KEY (product_id) PARTITIONS 2'],
    ['change it when something else happens', 'CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW SET @x = 1'],
    ['change it by the clock', 'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM inventory_movements'],
    ['change it by a procedure', 'CREATE PROCEDURE p() DELETE FROM inventory_movements'],
    ['keep others from it', 'LOCK TABLES inventory_movements WRITE'],
    ['take the guards away', 'DROP TRIGGER product_inventory_before_update'],
    ['take the check away', 'ALTER TABLE product_inventory DROP CHECK product_inventory_allocations_shape'],
    ['replace an inventory row', 'REPLACE INTO product_inventory (product_id, sellable_cap) VALUES (106, 1)'],
    ['lose an inventory row', 'DELETE FROM product_inventory'],
    ['hide from the binary log', 'SET SESSION sql_log_bin = 0'],
    ['let others do more', `GRANT SELECT ON inventory_movements TO '${user}'@'%'`],
    ['change a kept answer', "UPDATE idempotency_keys SET answer = ''"],
    ['forget a reservation', 'DELETE FROM channel_reservations'],
    ['make itself a key', 'UPDATE api_keys SET scopes = \'["admin"]\''],
    ['give a key to another partner', "UPDATE api_keys SET partner_id = 'own-shop'"],
    ['put another key in the place of one', 'UPDATE api_keys SET key_sha256 = NULL'],
    ['forget a key', 'DELETE FROM api_keys'],
    ['move a partner to another channel', "UPDATE partners SET channel_id = 'direct'"],
    ['forget a partner', 'DELETE FROM partners'],
    ['change the currency of a product', "UPDATE products SET currency = 'EUR'"],
    ['forget a product', 'DELETE FROM products'],
    ['forget a channel', 'DELETE FROM channels'],
    ["change the desk's log", "UPDATE desk_log SET actor = ''"],
    ["shorten the desk's log", 'DELETE FROM desk_log'],
    ['change the schema', 'ALTER TABLE products ADD COLUMN x INT'],
  ])('does not let it %s', async (_, sql) => {
    const all = (): Promise<unknown[]> =>
      database.rows('CHECKSUM TABLE inventory_movements, product_inventory, channel_reservations, idempotency_keys');
    const before = await all();
    const connection = await createConnection(connectionOptions(url));
    try {
      const outcome = await connection.query(sql).catch((error: unknown) => error);
      expect(DENIED).toContain((outcome as { errno?: number }).errno);
    } finally {
      await connection.end();
    }
    expect(await all()).toEqual(before);
  });
});
