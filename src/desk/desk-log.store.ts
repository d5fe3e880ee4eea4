import type { RowDataPacket } from 'mysql2';

import type { PageQuery } from '../contract/page.js';
import type { Query, Tx } from '../database/transaction.js';
import type { Instant } from '../domain/instant.js';

/** What was done at the desk, to what. */
export interface DeskAction {
  /** What happened, in the past: `partner.suspended`. */
  readonly action: string;
  readonly subject: DeskSubject;
  readonly reason: string | undefined;
  /** What changed. Never a key. */
  readonly details: Readonly<Record<string, unknown>>;
}

export const SUBJECT_TYPES = ['product', 'special_date', 'channel', 'partner', 'key', 'release'] as const;
export type SubjectType = (typeof SUBJECT_TYPES)[number];

export interface DeskSubject {
  readonly type: SubjectType;
  readonly id: string;
}

/** Appends a line, in the transaction of what it tells. @param id time-ordered */
export function appendDeskLog(tx: Tx, id: string, actor: string, action: DeskAction): void {
  tx.write(
    `INSERT INTO desk_log (id, occurred_at, actor, action, subject_type, subject_id, reason, details)
    VALUES (?, SYSDATE(6), ?, ?, ?, ?, ?, ?)`,
    [
      id,
      actor,
      action.action,
      action.subject.type,
      action.subject.id,
      action.reason ?? null,
      JSON.stringify(action.details),
    ],
  );
}

/** Whether the line was written; waits for the transaction that is writing it. */
export const deskLogHas = (id: string): Query<boolean> => ({
  sql: 'SELECT 1 FROM desk_log WHERE id = ? FOR SHARE',
  values: [id],
  read: (rows) => rows.length > 0,
});

/** A line of the log as it was read. */
export interface DeskLine extends DeskAction {
  /** Time-ordered. */
  readonly id: string;
  readonly occurredAt: Instant;
  readonly actor: string;
}

/** Which lines are asked for. */
export interface DeskLogFilter extends PageQuery {
  readonly subjectType?: SubjectType | undefined;
  /** With a type only. */
  readonly subjectId?: string | undefined;
  readonly actor?: string | undefined;
}

/** A page of the log, newest first, and one more when there is another page. */
export function deskLogOf({ subjectType, subjectId, actor, limit, after }: DeskLogFilter): Query<DeskLine[]> {
  const conditions = [
    ...(subjectType === undefined ? [] : ['subject_type = ?']),
    ...(subjectId === undefined ? [] : ['subject_id = ?']),
    ...(actor === undefined ? [] : ['actor = ?']),
    ...(after === undefined ? [] : ['id < ?']),
  ];
  return {
    sql: `SELECT id, occurred_at, actor, action, subject_type, subject_id, reason, details FROM desk_log
      ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} ORDER BY id DESC LIMIT ?`,
    values: [subjectType, subjectId, actor, after, limit + 1].filter((value) => value !== undefined),
    read: (rows) => rows.map(readLine),
  };
}

const readLine = (row: RowDataPacket): DeskLine => ({
  id: row['id'] as string,
  occurredAt: (row['occurred_at'] as Date).getTime(),
  actor: row['actor'] as string,
  action: row['action'] as string,
  subject: { type: row['subject_type'] as SubjectType, id: row['subject_id'] as string },
  reason: (row['reason'] as string | null) ?? undefined,
  details: row['details'] as Record<string, unknown>,
});
