import type { TestDatabase } from './database.js';

export interface PartnerTerms {
  readonly channel?: string;
  readonly quantityMax?: number;
  readonly holdMaxSeconds?: number;
}

/** Records a partner, and its channel if need be; partners on one channel share its units. */
export async function addPartner(database: TestDatabase, id: string, terms: PartnerTerms = {}): Promise<void> {
  const { channel = 'ota', quantityMax = 100, holdMaxSeconds = 604_800 } = terms;
  await database.rows(
    `INSERT IGNORE INTO channels (id, name) VALUES (?, ?);
     INSERT INTO partners (id, name, channel_id, quantity_max, hold_max_seconds) VALUES (?)`,
    [channel, channel, [id, id, channel, quantityMax, holdMaxSeconds]],
  );
}

const EVERYTHING = ['inventory:read', 'reservations:read', 'reservations:write'];

/** Gives a partner a key. */
export async function addKey(
  database: TestDatabase,
  partnerId: string,
  key: string,
  scopes: readonly string[] = EVERYTHING,
): Promise<void> {
  await database.rows(
    'INSERT INTO api_keys (partner_id, key_sha256, label, scopes) VALUES (?, UNHEX(SHA2(?, 256)), ?, ?)',
    [partnerId, key, 'made by a test', JSON.stringify(scopes)],
  );
}

/** Changes a key, e.g. `revoked_at = SYSDATE(6)`. */
export async function changeKey(database: TestDatabase, key: string, change: string): Promise<void> {
  await database.rows(`UPDATE api_keys SET ${change} WHERE key_sha256 = UNHEX(SHA2(?, 256))`, [key]);
}

/** Limits a partner, by column; a key that was used in the last seconds is still remembered with the limits from before. */
export async function limitPartner(
  database: TestDatabase,
  id: string,
  limits: Readonly<
    Partial<Record<'held_per_product_max' | 'held_max' | 'extensions_max' | 'product_quota', number | null>>
  >,
): Promise<void> {
  const columns = Object.entries(limits);
  await database.rows(`UPDATE partners SET ${columns.map(() => '?? = ?').join(', ')} WHERE id = ?`, [
    ...columns.flat(),
    id,
  ]);
}
