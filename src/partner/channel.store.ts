import type { Query } from '../database/transaction.js';

/** As the table's CHECK has it. Other text is no channel's name, and MySQL would not compare all of it with one. */
const CHANNEL_ID = /^[a-z0-9_-]{1,20}$/;

/** Those of the channels that exist. */
export const knownChannels = (ids: readonly string[]): Query<ReadonlySet<string>> => ({
  sql: 'SELECT id FROM channels WHERE id IN (?)',
  values: [ids.map((id) => (CHANNEL_ID.test(id) ? id : ''))],
  read: (rows) => new Set(rows.map((row) => row['id'] as string)),
});
