import type { RowDataPacket } from 'mysql2';

import type { PageQuery } from '../contract/page.js';
import type { Query, Tx } from '../database/transaction.js';

/** A day on which every product's base price is multiplied. */
export interface SpecialDate {
  /** `YYYY-MM-DD` */
  readonly day: string;
  /** In thousandths. */
  readonly milli: number;
}

/** Which special dates are asked for; days are included at both ends. */
export interface SpecialDateFilter extends PageQuery {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const SPECIAL_DATES = "SELECT DATE_FORMAT(visit_date, '%Y-%m-%d') AS day, multiplier FROM special_dates";

/** A page of special dates, oldest first, and one more when there is another page. */
export const specialDatesOf = ({ from, to, limit, after }: SpecialDateFilter): Query<SpecialDate[]> => ({
  sql: `${SPECIAL_DATES} WHERE visit_date BETWEEN ? AND ? AND visit_date > ? ORDER BY visit_date LIMIT ?`,
  values: [from ?? FIRST_DAY, to ?? LAST_DAY, after ?? DAY_BEFORE_ALL, limit + 1],
  read: (rows) => rows.map(readSpecialDate),
});

/** The special date, locked until the transaction ends. */
export const lockSpecialDate = (day: string): Query<SpecialDate | undefined> => ({
  sql: `${SPECIAL_DATES} WHERE visit_date = ? FOR UPDATE`,
  values: [day],
  read: ([row]) => row && readSpecialDate(row),
});

export const putSpecialDate = (tx: Tx, { day, milli }: SpecialDate): void =>
  tx.write(
    'INSERT INTO special_dates (visit_date, multiplier) VALUES (?, ?) AS new ON DUPLICATE KEY UPDATE multiplier = new.multiplier',
    [day, milli / 1000],
  );

export const deleteSpecialDate = (tx: Tx, day: string): void =>
  tx.write('DELETE FROM special_dates WHERE visit_date = ?', [day]);

/** Of MySQL's DATE. */
const DAY_BEFORE_ALL = '1000-01-01';
const FIRST_DAY = '1000-01-02';
const LAST_DAY = '9999-12-31';

const readSpecialDate = (row: RowDataPacket): SpecialDate => ({
  day: row['day'] as string,
  milli: Math.round(Number(row['multiplier']) * 1000),
});
