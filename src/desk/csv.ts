/** A field of a line. */
export type Field = string | number | undefined;

/** What a spreadsheet takes for the beginning of a formula, full-width forms included. */
const FORMULA = /^[=+\-@\t\r＝＋－＠]/u;
const QUOTED = /[",\r\n]/;

/**
 * A line of CSV. A text that a spreadsheet would take for a formula gets an apostrophe in front, so that it is shown and
 * not run.
 *
 * @see RFC 4180, and OWASP's CSV Injection
 */
export const csvLine = (fields: readonly Field[]): string => `${fields.map(csvField).join(',')}\r\n`;

function csvField(field: Field): string {
  if (field === undefined) return '';
  if (typeof field === 'number') return String(field);
  const text = FORMULA.test(field) ? `'${field}` : field;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
