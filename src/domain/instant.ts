/**
 * A moment, in milliseconds since 1970-01-01T00:00:00Z. The database's clock makes it, never this process's.
 * Holds end on whole milliseconds, so that a rounded `now` and the database's microseconds agree on what is overdue.
 */
export type Instant = number;

/** The last two moments that were worded: holds of a batch share when they were made and when they end. */
const worded: [one: Worded, other: Worded] = [
  { at: NaN, text: '' },
  { at: NaN, text: '' },
];
interface Worded {
  readonly at: Instant;
  readonly text: string;
}

/** ISO 8601 in UTC, with `Z`. */
export function isoInstant(at: Instant): string {
  const [last, before] = worded;
  if (last.at === at) return last.text;
  if (before.at === at) return before.text;
  worded[1] = last;
  worded[0] = { at, text: new Date(at).toISOString() };
  return worded[0].text;
}

/** The same, `null` for what has not come about. */
export const isoOrNull = (at: Instant | undefined): string | null => (at === undefined ? null : isoInstant(at));

const ISO_WITH_OFFSET = /^(\d{4})-(\d{2})-(\d{2})T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;

/** Reads an ISO 8601 date-time that has an offset; `undefined` for anything else, a 30th of February included. @see RFC 3339 */
export function parseInstant(text: string): Instant | undefined {
  const parts = ISO_WITH_OFFSET.exec(text);
  if (!parts) return undefined;
  const [, year, month, day] = parts;
  if (!isCalendarDate(`${year}-${month}-${day}`)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** Whether the text is a day of the calendar, `YYYY-MM-DD`. */
export function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
