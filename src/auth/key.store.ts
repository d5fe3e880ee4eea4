import type { RowDataPacket } from 'mysql2';

import type { PageQuery } from '../contract/page.js';
import type { Query, Tx } from '../database/transaction.js';
import type { Instant } from '../domain/instant.js';
import type { NewKey } from './key-format.js';
import type { Scope } from './scopes.js';

export const KEY_STATUSES = ['active', 'expired', 'revoked'] as const;
export type KeyStatus = (typeof KEY_STATUSES)[number];

/** What may be known of a key. */
export interface KeyRecord {
  readonly id: number;
  readonly partnerId: string;
  /** The public part; keys from before have none. */
  readonly prefix: string | undefined;
  readonly label: string;
  readonly scopes: readonly Scope[];
  /** By the database's clock when it was read. */
  readonly status: KeyStatus;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | undefined;
  readonly revokedAt: Instant | undefined;
}

/** Fixed texts. */
const IS = {
  active: 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > SYSDATE(6))',
  expired: 'revoked_at IS NULL AND expires_at <= SYSDATE(6)',
  revoked: 'revoked_at IS NOT NULL',
} as const satisfies Record<KeyStatus, string>;

const KEYS = `SELECT id, partner_id, key_prefix, label, scopes, created_at, expires_at, revoked_at,
    CASE WHEN ${IS.revoked} THEN 'revoked' WHEN ${IS.expired} THEN 'expired' ELSE 'active' END AS status FROM api_keys`;

/** Which keys are asked for. */
export interface KeyFilter extends PageQuery {
  readonly partnerId?: string | undefined;
  readonly prefix?: string | undefined;
  readonly status?: KeyStatus | undefined;
}

/** A page of keys, newest first, and one more when there is another page. */
export function keysOf({ partnerId, prefix, status, limit, after }: KeyFilter): Query<KeyRecord[]> {
  const conditions = [
    ...(partnerId === undefined ? [] : ['partner_id = ?']),
    ...(prefix === undefined ? [] : ['key_prefix = ?']),
    ...(after === undefined ? [] : ['id < ?']),
    ...(status === undefined ? [] : [IS[status]]),
  ];
  return {
    sql: `${KEYS}${conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''} ORDER BY id DESC LIMIT ?`,
    values: [partnerId, prefix, after === undefined ? undefined : Number(after), limit + 1].filter(
      (value) => value !== undefined,
    ),
    read: (rows) => rows.map(readKey),
  };
}

/** The key, locked until the transaction ends. */
export const lockKey = (id: number): Query<KeyRecord | undefined> => ({
  sql: `${KEYS} WHERE id = ? FOR UPDATE`,
  values: [id],
  read: ([row]) => row && readKey(row),
});

const OPENS_THE_DESK = `JSON_CONTAINS(k.scopes, '"admin"')`;

/** Locks the keys of the desk, so that of two operators who take the last ones away one sees what the other did. */
export const lockAdminKeys = (): Query<undefined> => ({
  sql: `SELECT k.id FROM api_keys k WHERE k.revoked_at IS NULL AND ${OPENS_THE_DESK} ORDER BY k.id FOR UPDATE`,
  values: [],
  read: () => undefined,
});

/** Keys that open the desk at this moment. Ask after {@link lockAdminKeys}, in a statement of its own: it sees what was waited for. */
export const openAdminKeys = (): Query<{ readonly id: number; readonly partnerId: string }[]> => ({
  sql: `SELECT k.id, k.partner_id FROM api_keys k JOIN partners p ON p.id = k.partner_id
    WHERE p.status = 'active' AND ${OPENS_THE_DESK}
      AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > SYSDATE(6))`,
  values: [],
  read: (rows) => rows.map((row) => ({ id: row['id'] as number, partnerId: row['partner_id'] as string })),
});

/** The id that the next key has; two that take the same one meet at the primary key, and one of them starts anew. */
export const nextKeyId = (): Query<number> => ({
  sql: 'SELECT COALESCE(MAX(id), 0) + 1 AS id FROM api_keys',
  values: [],
  read: ([row]) => row?.['id'] as number,
});

export function insertKey(tx: Tx, key: KeyRecord, { prefix, sha256 }: NewKey): void {
  tx.write(
    `INSERT INTO api_keys (id, partner_id, key_prefix, key_sha256, label, scopes, created_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      key.id,
      key.partnerId,
      prefix,
      sha256,
      key.label,
      JSON.stringify(key.scopes),
      new Date(key.createdAt),
      key.expiresAt === undefined ? null : new Date(key.expiresAt),
    ],
  );
}

export const setKeyExpiry = (tx: Tx, id: number, at: Instant): void =>
  tx.write('UPDATE api_keys SET expires_at = ? WHERE id = ?', [new Date(at), id]);

export const setKeyRevoked = (tx: Tx, id: number, at: Instant): void =>
  tx.write('UPDATE api_keys SET revoked_at = ? WHERE id = ?', [new Date(at), id]);

const readKey = (row: RowDataPacket): KeyRecord => ({
  id: row['id'] as number,
  partnerId: row['partner_id'] as string,
  prefix: (row['key_prefix'] as string | null) ?? undefined,
  label: row['label'] as string,
  scopes: row['scopes'] as Scope[],
  status: row['status'] as KeyStatus,
  createdAt: (row['created_at'] as Date).getTime(),
  expiresAt: (row['expires_at'] as Date | null)?.getTime(),
  revokedAt: (row['revoked_at'] as Date | null)?.getTime(),
});
