import type { Query, Tx } from '../database/transaction.js';

/** What was done at the desk, to what. */
export interface DeskAction {
  /** What happened, in the past: `partner.suspended`. */
  readonly action: string;
  readonly subject: DeskSubject;
  readonly reason: string | undefined;
  /** What changed. Never a key. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface DeskSubject {
  readonly type: 'product' | 'channel' | 'partner' | 'key' | 'release';
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

/** Whether the line was written. */
export const deskLogHas = (id: string): Query<boolean> => ({
  sql: 'SELECT 1 FROM desk_log WHERE id = ?',
  values: [id],
  read: (rows) => rows.length > 0,
});
