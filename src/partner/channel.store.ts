import type { RowDataPacket } from 'mysql2';

import type { PageQuery } from '../contract/page.js';
import type { Query, Tx } from '../database/transaction.js';
import type { Instant } from '../domain/instant.js';

/** A share that a product's cap is split into. */
export interface ChannelRecord {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Instant;
}

/** What the column holds; MySQL fails at a comparison with other characters. */
const STORABLE = /^[a-z0-9_-]{1,20}$/;
const NO_CHANNEL = '';

/** Those of the channels that exist. @param ids any texts */
export const knownChannels = (ids: readonly string[]): Query<ReadonlySet<string>> => ({
  sql: 'SELECT id FROM channels WHERE id IN (?)',
  values: [[NO_CHANNEL, ...ids.filter((id) => STORABLE.test(id))]],
  read: (rows) => new Set(rows.map((row) => row['id'] as string)),
});

/** A page of channels by id, and one more when there is another page. */
export const channelsOf = ({ limit, after }: PageQuery): Query<ChannelRecord[]> => ({
  sql: 'SELECT id, name, created_at FROM channels WHERE id > ? ORDER BY id LIMIT ?',
  values: [after ?? '', limit + 1],
  read: (rows) => rows.map(readChannel),
});

/** The channel, locked until the transaction ends. */
export const lockChannel = (id: string): Query<ChannelRecord | undefined> => ({
  sql: 'SELECT id, name, created_at FROM channels WHERE id = ? FOR UPDATE',
  values: [id],
  read: ([row]) => row && readChannel(row),
});

export const insertChannel = (tx: Tx, { id, name, createdAt }: ChannelRecord): void =>
  tx.write('INSERT INTO channels (id, name, created_at) VALUES (?, ?, ?)', [id, name, new Date(createdAt)]);

export const renameChannel = (tx: Tx, { id, name }: ChannelRecord): void =>
  tx.write('UPDATE channels SET name = ? WHERE id = ?', [name, id]);

const readChannel = (row: RowDataPacket): ChannelRecord => ({
  id: row['id'] as string,
  name: row['name'] as string,
  createdAt: (row['created_at'] as Date).getTime(),
});
