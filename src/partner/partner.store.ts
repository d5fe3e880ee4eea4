import type { RowDataPacket } from 'mysql2';

import type { PageQuery } from '../contract/page.js';
import type { Query, Tx } from '../database/transaction.js';
import type { Instant } from '../domain/instant.js';
import { eachLimit, LIMIT_NAMES, type PartnerLimits } from './partner-limits.js';

export const PARTNER_STATUSES = ['active', 'suspended'] as const;
export type PartnerStatus = (typeof PARTNER_STATUSES)[number];

/** A partner as the desk sees it. */
export interface PartnerRecord {
  readonly id: string;
  readonly name: string;
  readonly channelId: string;
  readonly status: PartnerStatus;
  readonly limits: PartnerLimits;
  readonly createdAt: Instant;
}

const LIMITS = LIMIT_NAMES.join(', ');
const PARTNERS = `SELECT id, name, channel_id, status, ${LIMITS}, created_at FROM partners`;

/** Which partners are asked for. */
export interface PartnerFilter extends PageQuery {
  readonly channelId?: string | undefined;
  readonly status?: PartnerStatus | undefined;
}

/** A page of partners by id, and one more when there is another page. */
export function partnersOf({ channelId, status, limit, after }: PartnerFilter): Query<PartnerRecord[]> {
  const conditions = [
    ...(channelId === undefined ? [] : ['channel_id = ?']),
    ...(status === undefined ? [] : ['status = ?']),
    ...(after === undefined ? [] : ['id > ?']),
  ];
  return {
    sql: `${PARTNERS}${conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''} ORDER BY id LIMIT ?`,
    values: [channelId, status, after, limit + 1].filter((value) => value !== undefined),
    read: (rows) => rows.map(readPartner),
  };
}

export const partnerOf = (id: string): Query<PartnerRecord | undefined> => ({
  sql: `${PARTNERS} WHERE id = ?`,
  values: [id],
  read: ([row]) => row && readPartner(row),
});

/**
 * The partner, locked until the transaction ends. Holds of the partner wait meanwhile, with their inventory rows locked: take
 * no inventory row after it.
 */
export const lockPartner = (id: string): Query<PartnerRecord | undefined> => {
  const query = partnerOf(id);
  return { ...query, sql: `${query.sql} FOR UPDATE` };
};

export function insertPartner(tx: Tx, { id, name, channelId, status, limits, createdAt }: PartnerRecord): void {
  tx.write(`INSERT INTO partners (id, name, channel_id, status, created_at, ${LIMITS}) VALUES (?)`, [
    [id, name, channelId, status, new Date(createdAt), ...LIMIT_NAMES.map((limit) => limits[limit])],
  ]);
}

export function updatePartner(tx: Tx, { id, name, status, limits }: PartnerRecord): void {
  tx.write(
    `UPDATE partners SET name = ?, status = ?, ${LIMIT_NAMES.map((limit) => `${limit} = ?`).join(', ')} WHERE id = ?`,
    [name, status, ...LIMIT_NAMES.map((limit) => limits[limit]), id],
  );
}

const readPartner = (row: RowDataPacket): PartnerRecord => ({
  id: row['id'] as string,
  name: row['name'] as string,
  channelId: row['channel_id'] as string,
  status: row['status'] as PartnerStatus,
  limits: eachLimit((name) => row[name] as number | null),
  createdAt: (row['created_at'] as Date).getTime(),
});
