import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createConnection } from 'mysql2/promise';

import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import { connectionOptions } from '../../src/database/pools.js';
import { databaseName } from '../../src/database/typeorm.js';
import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { demoDatabase, env, type TestDatabase } from '../support/database.js';
import { expectSound } from '../support/soundness.js';

const GRANTS = readFileSync(join(__dirname, '..', '..', 'deploy', 'mysql', 'app-grants.sql'), 'utf8');

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

  it.each([
    ['change the ledger', 'UPDATE inventory_movements SET units = 0 WHERE product_id = 106'],
    ['shorten the ledger', 'DELETE FROM inventory_movements'],
    ['change a kept answer', "UPDATE idempotency_keys SET answer = ''"],
    ['forget a reservation', 'DELETE FROM channel_reservations'],
    ['make itself a key', 'UPDATE api_keys SET scopes = \'["admin"]\''],
    ['change a price', 'UPDATE products SET weekday_price = 1'],
    ['change the schema', 'ALTER TABLE products ADD COLUMN x INT'],
  ])('does not let it %s', async (_, sql) => {
    const connection = await createConnection(connectionOptions(url));
    try {
      await expect(connection.query(sql)).rejects.toMatchObject({ errno: 1142 });
    } finally {
      await connection.end();
    }
  });
});
