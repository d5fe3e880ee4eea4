import { format, raw, type SqlValue } from 'mysql2';

import { WORDING } from './pools.js';

/** Text that stands for values. */
export type Words = ReturnType<typeof raw>;

/**
 * Words the values of several columns side by side, once for all neighbours that have the same: rows of a batch differ in few
 * of theirs.
 */
export class SharedColumns {
  private values: SqlValue[] = [];
  private words = raw('');

  /** @returns what goes into a row in the place of the values */
  of(...values: SqlValue[]): Words {
    if (values.length === this.values.length && values.every((value, n) => isSame(value, this.values[n])))
      return this.words;
    this.values = values;
    this.words = raw(format('?', [values], WORDING.stringifyObjects, WORDING.timezone));
    return this.words;
  }
}

const isSame = (one: SqlValue, other: SqlValue): boolean =>
  one === other || (one instanceof Date && other instanceof Date && one.getTime() === other.getTime());
