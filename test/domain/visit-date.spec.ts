import fc from 'fast-check';

import { isoInstant } from '../../src/domain/instant.js';
import { dateIn, daysBefore, instantIn, isWeekend, startOfDay } from '../../src/domain/visit-date.js';

describe('isWeekend', () => {
  it.each([
    ['2026-03-02', 'Monday', false],
    ['2026-03-03', 'Tuesday', false],
    ['2026-03-04', 'Wednesday', false],
    ['2026-03-05', 'Thursday', false],
    ['2026-03-06', 'Friday', false],
    ['2026-03-07', 'Saturday', true],
    ['2026-03-08', 'Sunday', true],
    ['2028-02-29', 'Tuesday, a leap day', false],
    ['2027-01-01', 'Friday, the first of a year', false],
    ['2000-01-01', 'Saturday', true],
  ])('%s, a %s: %s', (date, _, weekend) => {
    expect(isWeekend(date)).toBe(weekend);
  });
});

/** Zone, day, and the instant at which a clock there first shows that day; taken from the IANA database. */
const DAYS: readonly [zone: string, date: string, begins: string, why: string][] = [
  ['Etc/UTC', '2026-03-01', '2026-03-01T00:00:00.000Z', 'no offset'],
  ['Asia/Shanghai', '2026-03-01', '2026-02-28T16:00:00.000Z', 'never changes'],
  ['Asia/Kolkata', '2026-03-01', '2026-02-28T18:30:00.000Z', 'half an hour'],
  ['Asia/Kathmandu', '2026-03-01', '2026-02-28T18:15:00.000Z', 'three quarters'],
  ['America/St_Johns', '2026-07-01', '2026-07-01T02:30:00.000Z', 'half an hour behind, in summer'],
  ['Pacific/Kiritimati', '2026-03-01', '2026-02-28T10:00:00.000Z', '14 hours ahead'],
  ['Etc/GMT+12', '2026-03-01', '2026-03-01T12:00:00.000Z', '12 hours behind'],
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', 'the day of 23 hours'],
  ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00.000Z', 'the day after it'],
  ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z', 'the day of 25 hours'],
  ['Europe/Berlin', '2026-10-26', '2026-10-25T23:00:00.000Z', 'the day after it'],
  ['America/New_York', '2026-03-08', '2026-03-08T05:00:00.000Z', 'forward at 02:00'],
  ['America/New_York', '2026-11-01', '2026-11-01T04:00:00.000Z', 'back at 02:00'],
  ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T13:00:00.000Z', 'back by half an hour'],
  ['Australia/Lord_Howe', '2026-04-06', '2026-04-05T13:30:00.000Z', 'the day after it'],
  ['Asia/Beirut', '2024-03-31', '2024-03-30T22:00:00.000Z', 'no midnight: 00:00 is 01:00, ahead of UTC'],
  ['Africa/Cairo', '2024-04-26', '2024-04-25T22:00:00.000Z', 'no midnight: 00:00 is 01:00, ahead of UTC'],
  ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z', 'no midnight: 00:00 is 01:00, behind UTC'],
  ['America/Santiago', '2026-09-06', '2026-09-06T04:00:00.000Z', 'no midnight: 00:00 is 01:00, behind UTC'],
  ['America/Havana', '2026-03-08', '2026-03-08T05:00:00.000Z', 'no midnight: 00:00 is 01:00, behind UTC'],
  ['America/Sao_Paulo', '2018-11-05', '2018-11-05T02:00:00.000Z', 'the day after it'],
  ['America/Sao_Paulo', '2018-02-18', '2018-02-18T03:00:00.000Z', 'back at 00:00: 23:00 comes twice'],
  ['America/Sao_Paulo', '2018-02-17', '2018-02-17T02:00:00.000Z', 'the day before it'],
  ['America/Havana', '2024-11-03', '2024-11-03T04:00:00.000Z', 'back at 01:00: two midnights, behind UTC'],
  ['Asia/Amman', '2021-10-29', '2021-10-28T21:00:00.000Z', 'back at 01:00: two midnights, ahead of UTC'],
  ['Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00.000Z', 'the day before the one that was left out'],
  ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z', 'left out whole: where it would have been'],
  ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00.000Z', 'the day after the one that was left out'],
  ['Europe/Berlin', '9999-12-31', '9999-12-30T23:00:00.000Z', 'the last day there is'],
];

describe('startOfDay', () => {
  it.each(DAYS)('in %s, of %s: %s (%s)', (zone, date, begins) => {
    expect(isoInstant(startOfDay(zone, date))).toBe(begins);
  });
});

const ZONES = [...new Set(DAYS.map(([zone]) => zone))];
const instants = fc.integer({ min: Date.parse('2010-01-01T00:00:00Z'), max: Date.parse('2037-12-31T00:00:00Z') });
const DAY_MS = 86_400_000;

describe('the days of a zone', () => {
  it.each(ZONES)('of %s begin where the one before ends', (zone) => {
    fc.assert(
      fc.property(instants, (at) => {
        const date = dateIn(zone, at);
        const begins = startOfDay(zone, date);
        expect(begins).toBeLessThanOrEqual(at);
        expect(dateIn(zone, begins)).toBe(date);
        expect(dateIn(zone, begins - 1) < date).toBe(true);
        expect(at - begins).toBeLessThan(DAY_MS + 3_600_000);
      }),
      // The days on which a clock changes are in the table; here are all the others.
      { numRuns: 60 },
    );
  });
});

describe('dateIn', () => {
  it.each([
    ['Asia/Shanghai', '2026-02-28T15:59:59.999Z', '2026-02-28'],
    ['Asia/Shanghai', '2026-02-28T16:00:00.000Z', '2026-03-01'],
    ['America/New_York', '2026-03-01T04:59:59.999Z', '2026-02-28'],
    ['America/New_York', '2026-03-01T05:00:00.000Z', '2026-03-01'],
    ['Asia/Kolkata', '2026-12-31T18:29:59.999Z', '2026-12-31'],
    ['Asia/Kolkata', '2026-12-31T18:30:00.000Z', '2027-01-01'],
    ['Pacific/Kiritimati', '2026-02-28T10:00:00.000Z', '2026-03-01'],
    ['Etc/GMT+12', '2026-03-01T11:59:59.999Z', '2026-02-28'],
    ['Europe/Berlin', '2026-03-29T01:00:00.000Z', '2026-03-29'],
    ['Pacific/Apia', '2011-12-30T09:59:59.999Z', '2011-12-29'],
    ['Pacific/Apia', '2011-12-30T10:00:00.000Z', '2011-12-31'],
    ['America/Sao_Paulo', '2018-11-04T02:59:59.999Z', '2018-11-03'],
    ['America/Sao_Paulo', '2018-02-18T02:00:00.000Z', '2018-02-17'],
  ])('in %s at %s: %s', (zone, at, date) => {
    expect(dateIn(zone, Date.parse(at))).toBe(date);
  });

  it('shows midnight as the hour 0 of the new day, not as the hour 24 of the old', () => {
    expect(dateIn('Etc/UTC', Date.parse('2026-03-01T00:00:00Z'))).toBe('2026-03-01');
  });

  it('of a zone that there is not throws', () => {
    expect(() => dateIn('Mars/Olympus', 0)).toThrow(RangeError);
  });
});

describe('instantIn', () => {
  it.each([
    ['Asia/Shanghai', '2026-03-01', '18:00', '2026-03-01T10:00:00.000Z', 'never changes'],
    ['America/New_York', '2026-03-08', '02:30', '2026-03-08T07:30:00.000Z', 'left out: 02:30 is 03:30'],
    ['America/New_York', '2026-03-08', '01:59', '2026-03-08T06:59:00.000Z', 'just before'],
    ['America/New_York', '2026-03-08', '03:00', '2026-03-08T07:00:00.000Z', 'just after'],
    ['America/New_York', '2026-11-01', '01:30', '2026-11-01T05:30:00.000Z', 'twice: the first'],
    ['America/New_York', '2026-11-01', '12:00', '2026-11-01T17:00:00.000Z', 'after it'],
    ['Europe/Berlin', '2026-03-29', '02:30', '2026-03-29T01:30:00.000Z', 'left out: 02:30 is 03:30'],
    ['Europe/Berlin', '2026-10-25', '02:30', '2026-10-25T00:30:00.000Z', 'twice: the first'],
    ['Australia/Lord_Howe', '2026-10-04', '02:15', '2026-10-03T15:45:00.000Z', 'left out by half an hour'],
    ['America/Sao_Paulo', '2018-11-04', '00:30', '2018-11-04T03:30:00.000Z', 'left out at midnight'],
    ['Asia/Kathmandu', '2026-03-01', '23:59', '2026-03-01T18:14:00.000Z', 'three quarters'],
  ])('in %s, of %s %s: %s (%s)', (zone, date, time, at) => {
    expect(isoInstant(instantIn(zone, date, time))).toBe(at);
  });

  it('shows that time, wherever clocks do', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, (zone, instant) => {
        const at = Math.floor(instant / 60_000) * 60_000;
        const shown = new Date(at).toLocaleString('sv-SE', { timeZone: zone });
        const found = instantIn(zone, shown.slice(0, 10), shown.slice(11, 16));
        // The same moment, or the earlier one of two that clocks show so.
        expect(new Date(found).toLocaleString('sv-SE', { timeZone: zone })).toBe(shown);
        expect(found).toBeLessThanOrEqual(at);
      }),
    );
  });
});

describe('daysBefore', () => {
  it.each([
    ['2026-03-01', 0, '2026-03-01'],
    ['2026-03-01', 1, '2026-02-28'],
    ['2028-03-01', 1, '2028-02-29'],
    ['2026-01-01', 1, '2025-12-31'],
    ['2026-11-26', 365, '2025-11-26'],
  ])('%s less %i is %s', (date, days, before) => {
    expect(daysBefore(date, days)).toBe(before);
  });
});
