import type { Query } from '../database/transaction.js';

/** Those of the channels that exist. */
export const knownChannels = (ids: readonly string[]): Query<ReadonlySet<string>> => ({
  sql: 'SELECT id FROM channels WHERE id IN (?)',
  values: [ids],
  read: (rows) => new Set(rows.map((row) => row['id'] as string)),
});
