import { textTable, type Column } from '../contract/text-table.js';

/** A value of a list; what there is none of is a dash. */
export type Cell = string | number | null | undefined;

const cell = (value: Cell): string => String(value ?? '-');

/** Two decimals, and the currency: `288.00 CNY`. */
export const money = (amount: number, currency: string): string => `${amount.toFixed(2)} ${currency}`;

/** A column of numbers. */
export const right = (name: string): Column => ({ name, right: true });
export const left = (name: string): Column => ({ name });

/** A list as a table, or a sentence when it has nothing. */
export const listText = (
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  heading: (line: string) => string,
  none: string,
): string =>
  rows.length === 0
    ? none
    : textTable(
        columns,
        rows.map((row) => row.map(cell)),
        heading,
      );

/** A thing's values, a line each. */
export function fieldsText(fields: readonly (readonly [name: string, value: Cell])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${cell(value)}`).join('\n');
}
