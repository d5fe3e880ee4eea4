import { escapeId } from 'mysql2';

import type { Query, Read, Tx } from './transaction.js';

/** A row that may leave the database for the archive. */
export interface OldRow {
  /** Values of its primary key. */
  readonly key: readonly unknown[];
  /** All its columns as one line of JSON. */
  readonly line: string;
}

export interface WalkTerms {
  /** UTC, as MySQL writes it, with microseconds. What is older is old. */
  readonly cutoff: string;
  readonly batchMax: number;
  /** An expression that makes a row's line, see {@link rowAsJson}. */
  readonly line: string;
}

/** What of a table is old and over, as the table's owner defines it. */
export interface OldRows {
  readonly table: string;
  /** Reads them in bounded batches, by an index, without a lock; every row once, whether or not they are removed meanwhile. */
  walk(read: Read, terms: WalkTerms): AsyncIterable<readonly OldRow[]>;
  /** Locks, by primary key, those of the rows that are still old and over. @returns their keys */
  lockOver(rows: readonly OldRow[], cutoff: string): Query<(readonly unknown[])[]>;
  remove(tx: Tx, keys: readonly (readonly unknown[])[]): void;
}

/** Before every TIMESTAMP: where a walk begins. */
export const WALK_BEGINS = '1970-01-01 00:00:01';

/** A TIMESTAMP with all its microseconds, which a Date would lose. */
export const exactTime = (column: string): string => `DATE_FORMAT(${column}, '%Y-%m-%d %H:%i:%s.%f')`;

/** An expression for a row as a JSON object: every column the table has today, also those of migrations to come. */
export const rowAsJson = (table: string): Query<string> => ({
  sql: `SELECT COLUMN_NAME AS name, DATA_TYPE AS type FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
  values: [table],
  read: (rows) => {
    const members = rows.map((row) => {
      const column = escapeId(row['name'] as string);
      return `'${row['name'] as string}', ${AS_JSON[row['type'] as string]?.(column) ?? column}`;
    });
    // As text: mysql2 would parse JSON, and round what it has no number for.
    return `CAST(JSON_OBJECT(${members.join(', ')}) AS CHAR)`;
  },
});

const isoTime = (column: string): string => `DATE_FORMAT(${column}, '%Y-%m-%dT%H:%i:%s.%fZ')`;
const asText = (column: string): string => `CAST(${column} AS CHAR)`;
const asHex = (column: string): string => `LOWER(HEX(${column}))`;

/** Types that JSON, or its readers, would not keep to the last digit. */
const AS_JSON: Readonly<Record<string, (column: string) => string>> = {
  timestamp: isoTime,
  datetime: isoTime,
  date: asText,
  bigint: asText,
  decimal: asText,
  binary: asHex,
  varbinary: asHex,
  blob: asHex,
};
