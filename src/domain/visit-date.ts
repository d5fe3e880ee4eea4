import type { Instant } from './instant.js';

/** A day of the calendar, `YYYY-MM-DD`, in the product's own time zone. */
export type VisitDate = string;

/** No zone's clock is further from UTC. */
const FURTHEST_AHEAD_MS = 14 * 3_600_000;
const FURTHEST_BEHIND_MS = 12 * 3_600_000;

const DAY_MS = 86_400_000;

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
export const startOfDay = (timeZone: string, date: VisitDate): Instant => instantIn(timeZone, date, '00:00');

/**
 * When clocks in the zone show that time of that day: the first time that they do, or, when a clock change leaves it out, as
 * long after the change as it would have been without it.
 *
 * @param time `HH:MM`
 * @see RFC 5545, section 3.3.5
 */
export function instantIn(timeZone: string, date: VisitDate, time: string): Instant {
  const wanted = `${date}T${time}:00`;
  const wantedInUtc = Date.parse(`${wanted}Z`);
  const zoneOffsetAt = (at: Instant): number => Date.parse(`${wallClock(timeZone, at)}Z`) - at;
  // A clock change makes two moments of one time, or none: look at the offsets before and after it.
  const offsets = [wantedInUtc - FURTHEST_AHEAD_MS, wantedInUtc + FURTHEST_BEHIND_MS].map(zoneOffsetAt);
  const first = wantedInUtc - Math.max(...offsets);
  return wallClock(timeZone, first) === wanted ? first : wantedInUtc - Math.min(...offsets);
}

/** The day that comes so many days earlier. */
export const daysBefore = (date: VisitDate, days: number): VisitDate =>
  new Date(Date.parse(`${date}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);

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
