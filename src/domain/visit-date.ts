import type { Instant } from './instant.js';

/** A day of the calendar, `YYYY-MM-DD`, in the product's own time zone. */
export type VisitDate = string;

/** No zone's clock is further from UTC. */
const FURTHEST_AHEAD_MS = 14 * 3_600_000;
const FURTHEST_BEHIND_MS = 12 * 3_600_000;

const SATURDAY = 6;
const SUNDAY = 0;

/** Saturday and Sunday; a date alone has the same weekday in every zone. */
export function isWeekend(date: VisitDate): boolean {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  return weekday === SATURDAY || weekday === SUNDAY;
}

/** The day that it is in the zone. */
export function dateIn(timeZone: string, at: Instant): VisitDate {
  return wallClock(timeZone, at).slice(0, 'YYYY-MM-DD'.length);
}

/** When the day begins in the zone: its midnight, or the first moment after a gap in which a clock change swallowed it. */
export function startOfDay(timeZone: string, date: VisitDate): Instant {
  const midnightInUtc = Date.parse(`${date}T00:00:00Z`);
  const zoneOffsetAt = (at: Instant): number => Date.parse(`${wallClock(timeZone, at)}Z`) - at;
  // A clock change makes two moments of one midnight, or none: look at the offsets before and after it.
  const offsets = [midnightInUtc - FURTHEST_AHEAD_MS, midnightInUtc + FURTHEST_BEHIND_MS].map(zoneOffsetAt);
  const first = midnightInUtc - Math.max(...offsets);
  return dateIn(timeZone, first) === date ? first : midnightInUtc - Math.min(...offsets);
}

/** What a clock on the wall of the zone shows, `YYYY-MM-DDTHH:MM:SS`. */
function wallClock(timeZone: string, at: Instant): string {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const [year, month, day, hour, minute, second] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map((type) =>
    parts.get(type as Intl.DateTimeFormatPartTypes),
  );
  return `${year}-${month}-${day}T${hour}:${minute}:${second}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one costs a hundred times its use. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const made = formats.get(timeZone);
  if (made) return made;
  const digits = '2-digit';
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: digits,
    day: digits,
    hour: digits,
    minute: digits,
    second: digits,
  });
  formats.set(timeZone, format);
  return format;
}
