import type { RowDataPacket } from 'mysql2';

import type { Query, Tx } from '../database/transaction.js';
import type { Released } from '../domain/decision.js';
import type { Instant } from '../domain/instant.js';
import type { Release, ReleaseStatus } from '../domain/release.js';
import type { VisitDate } from '../domain/visit-date.js';

/** How a release's time was asked for, when it was by days before a visit. */
export interface CutOff {
  readonly visitDate: VisitDate;
  readonly daysBefore: number;
  /** `HH:MM` in the product's time zone. */
  readonly localTime: string;
}

export interface NewRelease extends Release {
  readonly cutOff: CutOff | undefined;
}

export interface StoredRelease extends NewRelease {
  readonly status: ReleaseStatus;
  readonly scheduledAt: Instant;
  readonly scheduledBy: string;
  /** When it was done or cancelled. */
  readonly settledAt: Instant | undefined;
  readonly cancelledBy: string | undefined;
  /** Given, once done. */
  readonly units: number | undefined;
}

export const releaseById = (id: string): Query<StoredRelease | undefined> => ({
  sql: `${COLUMNS} FROM scheduled_releases WHERE id = ?`,
  values: [id],
  read: ([row]) => row && readRelease(row),
});

export interface ReleaseFilter {
  readonly status: ReleaseStatus | undefined;
  readonly productId: number | undefined;
  /** Entries of a page. */
  readonly limit: number;
  /** Where the page before ends. */
  readonly after: Pick<Release, 'dueAt' | 'id'> | undefined;
}

/** A page of releases, those that are due first before others, and one entry more when there is another page. */
export function releasesOf({ status, productId, limit, after }: ReleaseFilter): Query<StoredRelease[]> {
  const conditions = ['TRUE'];
  const values: unknown[] = [];
  const add = (condition: string, ...bound: unknown[]): void => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (status !== undefined) add('status = ?', status);
  if (productId !== undefined) add('product_id = ?', productId);
  // Written out: MySQL finds no range in a comparison of rows.
  if (after) add('due_at >= ? AND (due_at > ? OR id > ?)', new Date(after.dueAt), new Date(after.dueAt), after.id);
  return {
    sql: `${COLUMNS} FROM scheduled_releases WHERE ${conditions.join(' AND ')} ORDER BY due_at, id LIMIT ?`,
    values: [...values, limit + 1],
    read: (rows) => rows.map(readRelease),
  };
}

/** A release that is to be carried out, and how soon by the database's clock; below 0 when it should have been. */
export interface ComingRelease extends Release {
  readonly dueInMs: number;
}

/** Those that are due next, at most so many, overdue ones before others. */
export const comingReleases = (max: number): Query<ComingRelease[]> => ({
  sql: `${COLUMNS}, TIMESTAMPDIFF(MICROSECOND, NOW(6), due_at) AS due_in_us
    FROM scheduled_releases WHERE status = 'scheduled' ORDER BY due_at, id LIMIT ?`,
  values: [max],
  read: (rows) => rows.map((row) => ({ ...readRelease(row), dueInMs: (row['due_in_us'] as number) / 1000 })),
});

/** Releases that are still to come, and how long the one that should have been first is overdue. */
export const scheduledAndOverdue = (): Query<{ scheduled: number; overdueSeconds: number }> => ({
  sql: `SELECT COUNT(*) AS scheduled,
      GREATEST(0, COALESCE(TIMESTAMPDIFF(MICROSECOND, MIN(due_at), NOW(6)), 0)) AS overdue_us
    FROM scheduled_releases WHERE status = 'scheduled'`,
  values: [],
  read: ([row]) => ({
    scheduled: row?.['scheduled'] as number,
    overdueSeconds: (row?.['overdue_us'] as number) / 1e6,
  }),
});

/** Read with the inventory row locked: whoever changes them has that. */
export const releaseStatuses = (ids: readonly string[]): Query<ReadonlyMap<string, ReleaseStatus>> => ({
  sql: 'SELECT id, status FROM scheduled_releases WHERE id IN (?)',
  values: [ids],
  read: (rows) => new Map(rows.map((row) => [row['id'] as string, row['status'] as ReleaseStatus])),
});

/** In the transaction that moves the units, with the inventory row locked. */
export function finishReleases(tx: Tx, released: readonly Released[]): void {
  for (const { id, units } of released) {
    tx.write("UPDATE scheduled_releases SET status = 'done', units = ?, settled_at = SYSDATE(6) WHERE id = ?", [
      units,
      id,
    ]);
  }
}

/** With the inventory row locked, of one that is `scheduled` under it. */
export function cancelRelease(tx: Tx, id: string, actor: string): void {
  tx.write(
    "UPDATE scheduled_releases SET status = 'cancelled', cancelled_by = ?, settled_at = SYSDATE(6) WHERE id = ?",
    [actor, id],
  );
}

export function insertRelease(tx: Tx, release: NewRelease, actor: string): void {
  const { id, productId, from, to, keep, dueAt, cutOff, reason } = release;
  tx.write(
    `INSERT INTO scheduled_releases (id, product_id, from_channel, to_channel, keep_units, due_at, visit_date, days_before,
      local_time, reason, scheduled_at, scheduled_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, SYSDATE(6), ?)`,
    [
      ...[id, productId, from, to, keep, new Date(dueAt)],
      ...[cutOff?.visitDate ?? null, cutOff?.daysBefore ?? null, cutOff?.localTime ?? null],
      ...[reason ?? null, actor],
    ],
  );
}

const COLUMNS = `SELECT id, product_id, from_channel, to_channel, keep_units, due_at,
  DATE_FORMAT(visit_date, '%Y-%m-%d') AS visit_date, days_before, local_time, reason, status, scheduled_at, scheduled_by,
  settled_at, cancelled_by, units`;

const readRelease = (row: RowDataPacket): StoredRelease => ({
  id: row['id'] as string,
  productId: row['product_id'] as number,
  from: row['from_channel'] as string,
  to: row['to_channel'] as string,
  keep: row['keep_units'] as number,
  dueAt: (row['due_at'] as Date).getTime(),
  cutOff:
    row['visit_date'] === null
      ? undefined
      : {
          visitDate: row['visit_date'] as string,
          daysBefore: row['days_before'] as number,
          localTime: row['local_time'] as string,
        },
  reason: (row['reason'] as string | null) ?? undefined,
  status: row['status'] as ReleaseStatus,
  scheduledAt: (row['scheduled_at'] as Date).getTime(),
  scheduledBy: row['scheduled_by'] as string,
  settledAt: (row['settled_at'] as Date | null)?.getTime(),
  cancelledBy: (row['cancelled_by'] as string | null) ?? undefined,
  units: (row['units'] as number | null) ?? undefined,
});
