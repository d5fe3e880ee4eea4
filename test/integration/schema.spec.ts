import { randomBytes } from 'node:crypto';

import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addDueRelease } from '../support/releases.js';
import { expectSound } from '../support/soundness.js';

let database: TestDatabase;
let service: TestApp;
let dataSource: DataSource;

beforeAll(async () => {
  database = await demoDatabase();
  service = await bootApp(database.url);
  dataSource = service.app.get<DataSource>(getDataSourceToken());
});
afterEach(() => expectSound(database));
afterAll(async () => {
  await service.close();
  await database.drop();
});

interface Column {
  readonly COLUMN_NAME: string;
  readonly COLUMN_TYPE: string;
  readonly IS_NULLABLE: 'YES' | 'NO';
  readonly COLUMN_DEFAULT: string | null;
  readonly EXTRA: string;
}

describe('the entities', () => {
  it('need no change of the migrated schema', async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('name every column, with its type, its nullability and its default', async () => {
    expect(dataSource.entityMetadatas.map(({ tableName }) => tableName).sort()).toEqual([
      'api_keys',
      'channels',
      'partners',
    ]);
    for (const { tableName, columns } of dataSource.entityMetadatas) {
      const stored = await database.rows<Column>(
        'SELECT * FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY COLUMN_NAME',
        [tableName],
      );
      const mapped = columns.map((column) => ({
        name: column.databaseName,
        type: dataSource.driver.normalizeType(column),
        nullable: column.isNullable,
        generated: column.isGenerated,
        default: dataSource.driver.normalizeDefault(column)?.replaceAll("'", '') ?? null,
      }));
      mapped.sort((a, b) => (a.name < b.name ? -1 : 1));
      expect({ tableName, columns: mapped }).toEqual({
        tableName,
        columns: stored.map((column) => ({
          name: column.COLUMN_NAME,
          type: /^\w+/.exec(column.COLUMN_TYPE)?.[0],
          nullable: column.IS_NULLABLE === 'YES',
          generated: column.EXTRA.includes('auto_increment'),
          default: column.COLUMN_DEFAULT,
        })),
      });
    }
  });

  it('never make the schema', () => {
    expect(dataSource.options).toMatchObject({ synchronize: false });
    expect(dataSource.options.dropSchema ?? false).toBe(false);
    expect(dataSource.options.migrationsRun ?? false).toBe(false);
  });
});

describe('the schema', () => {
  const refusedWith = (sql: string, errno: number): Promise<void> =>
    expect(database.rows(sql)).rejects.toMatchObject({ errno });
  const FOREIGN_KEY_PARENT = 1451;
  const FOREIGN_KEY_CHILD = 1452;
  const CHECK = 3819;

  it('keeps a product and a partner that have reservations', async () => {
    await refusedWith('DELETE FROM products WHERE id = 106', FOREIGN_KEY_PARENT);
    await refusedWith("DELETE FROM partners WHERE id = 'partner-a'", FOREIGN_KEY_PARENT);
    await refusedWith("UPDATE partners SET id = 'other' WHERE id = 'partner-a'", FOREIGN_KEY_PARENT);
  });

  it.each([
    ["UPDATE channel_reservations SET quantity = 0 WHERE reservation_id = 'res_demo_1'", CHECK],
    ["UPDATE channel_reservations SET quantity = -1 WHERE reservation_id = 'res_demo_1'", CHECK],
    ["UPDATE channel_reservations SET quantity = quantity_held + 1 WHERE reservation_id = 'res_demo_1'", CHECK],
    ["UPDATE channel_reservations SET partner_id = 'nobody' WHERE reservation_id = 'res_demo_1'", FOREIGN_KEY_CHILD],
    ["UPDATE channel_reservations SET product_id = 999 WHERE reservation_id = 'res_demo_1'", FOREIGN_KEY_CHILD],
    ["UPDATE channel_reservations SET status = 'sold' WHERE reservation_id = 'res_demo_1'", 1265],
    ["UPDATE channel_reservations SET status = NULL WHERE reservation_id = 'res_demo_1'", 1048],
    ["UPDATE partners SET channel_id = 'OTA' WHERE id = 'partner-a'", CHECK],
    ["UPDATE partners SET channel_id = '' WHERE id = 'partner-a'", CHECK],
    ["UPDATE partners SET status = 'gone' WHERE id = 'partner-a'", 1265],
    ["UPDATE api_keys SET scopes = '{}' WHERE partner_id = 'partner-a'", CHECK],
    ["UPDATE api_keys SET scopes = '[1]' WHERE partner_id = 'partner-a'", CHECK],
    ['UPDATE api_keys SET key_sha256 = (SELECT k FROM (SELECT MIN(key_sha256) AS k FROM api_keys) other)', 1062],
    ['UPDATE products SET weekday_price = -0.01 WHERE id = 106', CHECK],
    ['UPDATE customer_discounts SET amount = -1', CHECK],
    ['UPDATE special_dates SET multiplier = -1', CHECK],
    [
      "INSERT INTO products (id, name, currency, time_zone, weekday_price, weekend_price) VALUES (0, 'x', 'CNY', 'UTC', 1, 1)",
      CHECK,
    ],
  ])('refuses %s', async (sql, errno) => {
    await refusedWith(sql, errno);
  });

  it('tells ids and keys apart byte for byte', async () => {
    const collations = await database.rows<{ name: string; collation: string }>(
      `SELECT CONCAT(TABLE_NAME, '.', COLUMN_NAME) AS name, COLLATION_NAME AS collation FROM information_schema.COLUMNS
       WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME <> 'migrations'
         AND COLUMN_NAME IN ('reservation_id', 'partner_id', 'idempotency_key', 'channel_id', 'batch_id')`,
    );
    expect(collations.length).toBeGreaterThan(8);
    expect(collations.filter(({ collation }) => collation !== 'ascii_bin')).toEqual([]);
  });

  it('keeps times to the microsecond', async () => {
    const coarse = await database.rows(
      `SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS
       WHERE TABLE_SCHEMA = DATABASE() AND DATA_TYPE IN ('timestamp', 'datetime') AND DATETIME_PRECISION <> 6`,
    );
    expect(coarse).toEqual([]);
  });

  it('has an index for the overdue holds of a product, and one for what the OTAs are allocated', async () => {
    const indexes = await database.rows<{ name: string; columns: string }>(
      `SELECT INDEX_NAME AS name, GROUP_CONCAT(COALESCE(COLUMN_NAME, EXPRESSION) ORDER BY SEQ_IN_INDEX) AS columns
       FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() GROUP BY TABLE_NAME, INDEX_NAME`,
    );
    expect(indexes).toContainEqual({
      name: 'idx_reservations_overdue',
      columns: 'product_id,status,expires_at,channel_id,quantity,partner_id',
    });
    const channel = indexes.find(({ name }) => name === 'idx_product_inventory_channel');
    expect(channel?.columns).toMatch(/^product_id,cast\(.*ota\.allocated.* as unsigned\)$/);
  });

  it('has foreign keys that MySQL checks, whatever else is NULL in the row', async () => {
    const { body } = await service.api.reserve(
      PARTNER_A,
      { product_id: 106, quantity: 1 },
      { 'idempotency-key': 'foreign' },
    );
    await service.api.step(PARTNER_A, body.reservation_id, 'activate');
    await addDueRelease(database, { product_id: 106 }, 3_600_000);
    const foreignKeys = await database.rows<ForeignKey>(
      `SELECT TABLE_NAME AS child, COLUMN_NAME AS name FROM information_schema.KEY_COLUMN_USAGE
       WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL`,
    );
    expect(foreignKeys.length).toBeGreaterThan(14);
    for (const foreignKey of foreignKeys) {
      const orphan = await orphanOf(foreignKey, foreignKeys);
      await expect(
        database.rows('INSERT INTO ?? (??) VALUES (?)', [foreignKey.child, Object.keys(orphan), Object.values(orphan)]),
      ).rejects.toMatchObject({
        code: 'ER_NO_REFERENCED_ROW_2',
        message: expect.stringContaining(`FOREIGN KEY (\`${foreignKey.name}\`)`),
      });
    }
  });
});

interface ForeignKey {
  readonly child: string;
  readonly name: string;
}

/** A new row like one of the table's whose parent doesn't exist, with all the NULLs that it may have: MySQL 9.7.4 can stop at one. */
async function orphanOf({ child, name }: ForeignKey, all: readonly ForeignKey[]): Promise<Record<string, unknown>> {
  const [row = {}] = await database.rows<Record<string, unknown>>('SELECT * FROM ?? LIMIT 1', [child]);
  const columns = await database.rows<Pick<Column, 'COLUMN_NAME' | 'IS_NULLABLE'> & { type: string; unique: 0 | 1 }>(
    `SELECT COLUMN_NAME, IS_NULLABLE, DATA_TYPE AS type, COLUMN_KEY IN ('PRI', 'UNI') AS \`unique\`
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?`,
    [child],
  );
  const another: Partial<Record<string, unknown>> = { varchar: 'another', binary: randomBytes(32) };
  const valueOf = ({ COLUMN_NAME: column, IS_NULLABLE: nullable, type, unique }: (typeof columns)[number]): unknown => {
    const hasParent = all.some((key) => key.child === child && key.name === column);
    if (column === name || (unique && !hasParent)) return another[type] ?? 2_000_000_000;
    if (nullable === 'YES') return null;
    return isJson(row[column]) ? JSON.stringify(row[column]) : row[column];
  };
  return Object.fromEntries(columns.map((column) => [column.COLUMN_NAME, valueOf(column)]));
}

const isJson = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !(value instanceof Date) && !Buffer.isBuffer(value);
