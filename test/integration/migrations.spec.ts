import { createHash } from 'node:crypto';

import { DatabaseError } from '../../src/database/database-error.js';
import { type MigrationFile, readMigrationFiles } from '../../src/database/migration-files.js';
import { HalfAppliedMigration, migrate, pendingMigrations } from '../../src/database/migrations.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { expectSound } from '../support/soundness.js';
import { range } from '../support/stock.js';

const FILES = readMigrationFiles();
const NAMES = FILES.map(({ name }) => name);
const quiet = (): void => undefined;

let database: TestDatabase;
beforeEach(async () => {
  database = await emptyDatabase();
});
afterEach(() => database.drop());

interface Recorded {
  readonly name: string;
  readonly checksum: string;
  readonly finished: number;
  readonly failure: string | null;
}

const records = (): Promise<Recorded[]> =>
  database.rows(
    'SELECT name, checksum, finished_at IS NOT NULL AS finished, failure FROM migration_files ORDER BY started_at, name',
  );

const tables = async (): Promise<string[]> =>
  (
    await database.rows<{ name: string }>(
      'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY name',
    )
  ).map(({ name }) => name);

const file = (name: string, sql: string): MigrationFile => ({
  name,
  sql,
  checksum: createHash('sha256').update(sql).digest('hex'),
});

async function errorOf(work: Promise<unknown>): Promise<Error> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof Error) return thrown;
  throw new Error('it did not fail');
}

describe('migrate', () => {
  it('runs each file once, in order, and records its checksum', async () => {
    const said: string[] = [];
    expect(await migrate(database.url, (line) => said.push(line))).toEqual(NAMES);
    expect(said).toEqual(NAMES.map((name) => `migration ${name}`));
    expect(await records()).toEqual(
      FILES.map(({ name, checksum }) => ({ name, checksum, finished: 1, failure: null })),
    );
    expect(await pendingMigrations((sql) => database.rows(sql))).toEqual([]);
    await expectSound(database);
  });

  it('does nothing a second time', async () => {
    await migrate(database.url, quiet);
    const before = await database.rows('SELECT * FROM migration_files ORDER BY name');
    const said: string[] = [];
    expect(await migrate(database.url, (line) => said.push(line))).toEqual([]);
    expect(said).toEqual([]);
    expect(await database.rows('SELECT * FROM migration_files ORDER BY name')).toEqual(before);
  });

  it('started three times at once applies each file exactly once', async () => {
    const said: string[] = [];
    const applied = await Promise.all(range(0, 3).map(() => migrate(database.url, (line) => said.push(line))));
    expect(applied.map(({ length }) => length).sort()).toEqual([0, 0, NAMES.length]);
    expect(said).toEqual(NAMES.map((name) => `migration ${name}`));
    expect((await records()).map(({ name }) => name)).toEqual(NAMES);
  });

  it('takes up where an older version stopped', async () => {
    await migrate(database.url, quiet, FILES.slice(0, 4));
    expect(await pendingMigrations((sql) => database.rows(sql))).toEqual(NAMES.slice(4));
    expect(await migrate(database.url, quiet)).toEqual(NAMES.slice(4));
  });

  it('lets an older version run on a newer schema', async () => {
    await migrate(database.url, quiet);
    expect(await migrate(database.url, quiet, FILES.slice(0, -1))).toEqual([]);
  });

  it('refuses an edited file by its name, and runs nothing', async () => {
    await migrate(database.url, quiet, FILES.slice(0, 3));
    const edited = FILES.map((each, n) => (n === 1 ? file(each.name, `${each.sql}\n-- edited`) : each));
    const error = await errorOf(migrate(database.url, quiet, edited));
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error.message).toContain('0002_product_inventory.sql was edited');
    expect(await records()).toHaveLength(3);
  });

  it('takes no offence at other line ends', () => {
    // The checksum is of the text with line feeds; a checkout with CRLF gives the same files.
    expect(FILES.every(({ sql }) => !sql.includes('\r'))).toBe(true);
  });
});

describe('a file that fails half-way', () => {
  const ONE = file('0001_one.sql', 'CREATE TABLE one (id INT PRIMARY KEY)');
  const TWO = file(
    '0002_two.sql',
    'CREATE TABLE two (id INT PRIMARY KEY); CREATE TABLE one (id INT); CREATE TABLE late (id INT)',
  );
  const THREE = file('0003_three.sql', 'CREATE TABLE three (id INT PRIMARY KEY)');

  beforeEach(async () => {
    const error = await errorOf(migrate(database.url, quiet, [ONE, TWO, THREE]));
    expect(error).toBeInstanceOf(HalfAppliedMigration);
    expect(error.message).toContain('0002_two.sql');
    expect(error.message).toContain("Table 'one' already exists");
  });

  it('is named with its error and what to do, then and at each later start', async () => {
    expect(await tables()).toEqual(['migration_files', 'migrations', 'one', 'two']);
    for (let starts = 0; starts < 2; starts++) {
      const { message } = await errorOf(migrate(database.url, quiet, [ONE, TWO, THREE]));
      expect(message).toContain('0002_two.sql was begun and did not finish');
      expect(message).toContain("Table 'one' already exists");
      expect(message).toContain("UPDATE migration_files SET finished_at = NOW(6) WHERE name = '0002_two.sql'");
      expect(message).toContain("DELETE FROM migration_files WHERE name = '0002_two.sql'");
    }
    expect((await records()).map(({ name, finished }) => [name, finished])).toEqual([
      ['0001_one.sql', 1],
      ['0002_two.sql', 0],
    ]);
    expect(await pendingMigrations((sql) => database.rows(sql), [ONE, TWO, THREE])).toEqual([
      '0002_two.sql',
      '0003_three.sql',
    ]);
  });

  it('is mended by finishing it by hand', async () => {
    await database.rows('CREATE TABLE late (id INT)');
    await database.rows("UPDATE migration_files SET finished_at = NOW(6) WHERE name = '0002_two.sql'");
    expect(await migrate(database.url, quiet, [ONE, TWO, THREE])).toEqual(['0003_three.sql']);
    expect(await tables()).toEqual(['late', 'migration_files', 'migrations', 'one', 'three', 'two']);
    expect(await migrate(database.url, quiet, [ONE, TWO, THREE])).toEqual([]);
  });

  it('is mended by undoing its part, when it runs again', async () => {
    await database.rows('DROP TABLE two, one');
    await database.rows("DELETE FROM migration_files WHERE name = '0002_two.sql'");
    expect(await migrate(database.url, quiet, [ONE, TWO, THREE])).toEqual(['0002_two.sql', '0003_three.sql']);
    expect(await tables()).toEqual(['late', 'migration_files', 'migrations', 'one', 'three', 'two']);
  });
});

describe('an interrupted start', () => {
  it('whose file was finished but not recorded by TypeORM goes on', async () => {
    await migrate(database.url, quiet, FILES.slice(0, 4));
    await database.rows('DELETE FROM migrations ORDER BY id DESC LIMIT 1');
    expect(await migrate(database.url, quiet)).toEqual(NAMES.slice(4));
  });
});
