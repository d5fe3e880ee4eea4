import { uuidv7 } from 'uuidv7';

import type { TestDatabase } from './database.js';

export interface ReleaseRow {
  readonly id: string;
  readonly product_id: number;
  readonly from_channel: string;
  readonly to_channel: string;
  readonly keep_units: number;
  readonly status: string;
  readonly units: number | null;
  readonly due_at: Date;
  readonly settled_at: Date | null;
  readonly cancelled_by: string | null;
}

/** A release as an operator scheduled it some time ago. @param dueInMs from now; below 0 when it should have been carried out */
export async function addDueRelease(
  database: TestDatabase,
  row: Pick<ReleaseRow, 'product_id'> & Partial<ReleaseRow>,
  dueInMs = -1,
): Promise<ReleaseRow> {
  const id = `rel_${uuidv7()}`;
  const columns = { id, from_channel: 'ota', to_channel: 'direct', keep_units: 0, scheduled_by: 'cli:test', ...row };
  await database.rows(
    'INSERT INTO scheduled_releases (??, due_at, scheduled_at) VALUES (?, NOW(3) + INTERVAL ? MICROSECOND, NOW(6))',
    [Object.keys(columns), Object.values(columns), dueInMs * 1000],
  );
  return releaseRow(database, id);
}

export async function releaseRow(database: TestDatabase, id: string): Promise<ReleaseRow> {
  const [row] = await database.rows<ReleaseRow>('SELECT * FROM scheduled_releases WHERE id = ?', [id]);
  if (!row) throw new Error(`${id} is not in the database`);
  return row;
}

/** What the ledger says of a release: each line's channel, kind and units. */
export const linesOf = (
  database: TestDatabase,
  id: string,
): Promise<{ channel_id: string; kind: string; units: number }[]> =>
  database.rows('SELECT channel_id, kind, units FROM inventory_movements WHERE actor = ? ORDER BY product_id, seq', [
    `release:${id}`,
  ]);
