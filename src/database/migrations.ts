import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';

import { DatabaseError } from './database-error.js';
import { type MigrationFile, readMigrationFiles } from './migration-files.js';
import { NO_SUCH_TABLE } from './mysql-errors.js';
import { databaseName, typeormOptions } from './typeorm.js';

/** What this product knows of each file it has run, beside TypeORM's own table. */
const CREATE_RECORDS = `CREATE TABLE IF NOT EXISTS migration_files (
  name        VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  checksum    CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  started_at  TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  finished_at TIMESTAMP(6) NULL,
  failure     TEXT         NULL
)`;

interface MigrationRecord {
  readonly name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
  readonly failure: string | null;
}

/** MySQL commits each DDL statement by itself, so a migration that failed may have left a part behind. */
export class HalfAppliedMigration extends DatabaseError {
  constructor({ name, failure }: MigrationRecord) {
    super(
      `Migration ${name} was begun and did not finish${failure === null ? '' : ` (${failure})`}, so a part of it may be in the database. ` +
        `Compare the schema with db/migrations/${name}. Then either finish it by hand and run ` +
        `UPDATE migration_files SET finished_at = NOW(6) WHERE name = '${name}', ` +
        `or undo its part and run DELETE FROM migration_files WHERE name = '${name}' to have it run again.`,
    );
  }
}

/** Seconds that one instance waits for another's migrations. */
const LOCK_WAIT_SECONDS = 120;

/**
 * Brings the database up to the newest migration: each file once, in order, whichever of several instances comes first.
 *
 * @param url of the database
 * @param say is told a line for each file that is run
 * @returns the names of the files that were run
 * @throws DatabaseError for an edited file, a half-applied one, or a right that is missing
 */
export async function migrate(
  url: string,
  say: (line: string) => void,
  files: readonly MigrationFile[] = readMigrationFiles(),
): Promise<string[]> {
  return withLock(url, async (runner) => {
    await runner.query(CREATE_RECORDS);
    const records = await readRecords(runner);
    refuseUnsound(files, records);
    const pending = files.filter((file) => !records.some((record) => record.name === file.name));
    if (pending.length === 0) return [];
    await refuseWithoutTriggerRight(runner);

    const source = new DataSource({
      ...typeormOptions(url),
      multipleStatements: true,
      // Oldest first is TypeORM's order too: it sorts by the number that ends the name.
      migrations: pending.map((file) => migrationOf(file, say)),
      migrationsTableName: 'migrations',
      migrationsTransactionMode: 'none',
    });
    await source.initialize();
    try {
      await source.runMigrations();
    } finally {
      await source.destroy();
    }
    return pending.map((file) => file.name);
  });
}

/** Names of the files that a database still lacks; all of them when it was never migrated. */
export async function pendingMigrations(
  query: (sql: string) => Promise<unknown>,
  files: readonly MigrationFile[] = readMigrationFiles(),
): Promise<string[]> {
  let finished: Set<string>;
  try {
    const rows = (await query('SELECT name FROM migration_files WHERE finished_at IS NOT NULL')) as { name: string }[];
    finished = new Set(rows.map((row) => row.name));
  } catch (error) {
    if ((error as { errno?: unknown }).errno !== NO_SUCH_TABLE) throw error;
    finished = new Set();
  }
  return files.map((file) => file.name).filter((name) => !finished.has(name));
}

/** Runs alone among all instances, on one connection that holds the database's migration lock. */
export async function withLock<T>(url: string, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
  const source = new DataSource({ ...typeormOptions(url), multipleStatements: true });
  await source.initialize();
  const runner = source.createQueryRunner();
  const lock = `allotment.migrate.${databaseName(url)}`.slice(0, 64);
  try {
    const [row] = (await runner.query('SELECT GET_LOCK(?, ?) AS taken', [lock, LOCK_WAIT_SECONDS])) as {
      taken: number | null;
    }[];
    if (row?.taken !== 1) {
      throw new DatabaseError(
        `Another process has been migrating this database for ${LOCK_WAIT_SECONDS} s. Start again when it is done.`,
      );
    }
    return await work(runner);
  } finally {
    await runner.query('SELECT RELEASE_LOCK(?)', [lock]).catch(() => undefined);
    await runner.release();
    await source.destroy();
  }
}

function refuseUnsound(files: readonly MigrationFile[], records: readonly MigrationRecord[]): void {
  for (const record of records) {
    if (record.finished_at === null) throw new HalfAppliedMigration(record);
    const file = files.find(({ name }) => name === record.name);
    if (file && file.checksum !== record.checksum) {
      throw new DatabaseError(
        `Migration ${file.name} was edited after it was applied to this database. Restore the file and put the change into a new migration.`,
      );
    }
  }
}

async function readRecords(runner: QueryRunner): Promise<MigrationRecord[]> {
  return (await runner.query(
    'SELECT name, checksum, finished_at, failure FROM migration_files ORDER BY name',
  )) as MigrationRecord[];
}

/** TypeORM wants a class whose name ends in 13 digits, by which it sorts. */
function migrationOf(file: MigrationFile, say: (line: string) => void): new () => MigrationInterface {
  const [number = ''] = file.name.split('_');
  return class implements MigrationInterface {
    readonly name = `${file.name.replace('.sql', '')}_${number.padStart(13, '0')}`;

    async up(runner: QueryRunner): Promise<void> {
      say(`migration ${file.name}`);
      await runner.query('INSERT INTO migration_files (name, checksum) VALUES (?, ?)', [file.name, file.checksum]);
      try {
        await runner.query(file.sql);
      } catch (error) {
        const failure = error instanceof Error ? error.message : String(error);
        await runner.query('UPDATE migration_files SET failure = ? WHERE name = ?', [failure, file.name]);
        throw new HalfAppliedMigration({ ...file, finished_at: null, failure });
      }
      await runner.query('UPDATE migration_files SET finished_at = NOW(6) WHERE name = ?', [file.name]);
    }

    down(): Promise<void> {
      return Promise.reject(new Error('migrations only go forward: write a new one that undoes it'));
    }
  };
}

/** With the binary log on, a user without SUPER may create triggers only if the server says so (error 1419). */
async function refuseWithoutTriggerRight(runner: QueryRunner): Promise<void> {
  const [server] = (await runner.query('SELECT @@log_bin AS binlog, @@log_bin_trust_function_creators AS trusted')) as {
    binlog: number;
    trusted: number;
  }[];
  if (!server?.binlog || server.trusted) return;
  const grants = (await runner.query('SHOW GRANTS')) as Record<string, string>[];
  if (
    grants.flatMap((row) => Object.values(row)).some((grant) => /\bSUPER\b|GRANT ALL PRIVILEGES ON \*\.\*/.test(grant))
  )
    return;
  throw new DatabaseError(
    'The migrations create triggers, which this server allows only to SUPER while its binary log is on. ' +
      'Have an administrator run SET PERSIST log_bin_trust_function_creators = 1, then start again.',
  );
}
