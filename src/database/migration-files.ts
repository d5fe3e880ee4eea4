import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `db/` as it lies beside the sources, and beside the built sources in `dist/`. */
export const DB_FOLDER = join(__dirname, '..', '..', 'db');

/** A file of `db/migrations`, forward-only: once released it is never edited. */
export interface MigrationFile {
  /** e.g. `0010_channel_inventory.sql` */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 in hex of the text, whatever its line ends. */
  readonly checksum: string;
}

/** @returns the files in the order of their numbers */
export function readMigrationFiles(folder = join(DB_FOLDER, 'migrations')): MigrationFile[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}
