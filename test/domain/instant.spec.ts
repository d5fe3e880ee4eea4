import fc from 'fast-check';

import { isCalendarDate, isoInstant, isoOrNull, parseInstant } from '../../src/domain/instant.js';

describe('parseInstant', () => {
  it.each([
    ['2026-12-24T14:30:00Z', '2026-12-24T14:30:00.000Z'],
    ['2026-12-24T14:30:00+08:00', '2026-12-24T06:30:00.000Z'],
    ['2026-12-24T14:30:00-05:30', '2026-12-24T20:00:00.000Z'],
    ['2026-12-24T14:30:00-00:00', '2026-12-24T14:30:00.000Z'],
    ['2026-12-24t14:30:00z', '2026-12-24T14:30:00.000Z'],
    ['2026-12-24t14:30:00+08:00', '2026-12-24T06:30:00.000Z'],
    ['2026-12-31T23:59:59.5Z', '2026-12-31T23:59:59.500Z'],
    ['2026-12-31T23:59:59.123456Z', '2026-12-31T23:59:59.123Z'],
    ['2026-12-31T23:59:59.999999999Z', '2026-12-31T23:59:59.999Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00+14:00', '2000-02-28T10:00:00.000Z'],
  ])('reads %s', (text, iso) => {
    expect(parseInstant(text)).toBe(Date.parse(iso));
  });

  it.each([
    ['no offset', '2026-12-24T14:30:00'],
    ['no time', '2026-12-24'],
    ['no seconds', '2026-12-24T14:30Z'],
    ['a space for the T', '2026-12-24 14:30:00Z'],
    ['a basic format', '20261224T143000Z'],
    ['an offset without minutes', '2026-12-24T14:30:00+08'],
    ['an offset without its colon', '2026-12-24T14:30:00+0800'],
    ['the hour 24', '2026-12-24T24:00:00Z'],
    ['an offset of a day', '2026-12-24T14:30:00+24:00'],
    ['an offset of 60 minutes', '2026-12-24T14:30:00+08:60'],
    ['the 29th of February of a common year', '2026-02-29T00:00:00Z'],
    ['the 29th of February 1900', '1900-02-29T00:00:00Z'],
    ['the 31st of April', '2026-04-31T00:00:00Z'],
    ['a 13th month', '2026-13-01T00:00:00Z'],
    ['day 0', '2026-12-00T00:00:00Z'],
    ['hour 25', '2026-12-24T25:00:00Z'],
    ['minute 60', '2026-12-24T14:60:00Z'],
    ['second 60', '2026-12-31T23:59:60Z'],
    ['a point without a fraction', '2026-12-24T14:30:00.Z'],
    ['ten digits of a fraction', '2026-12-24T14:30:00.1234567890Z'],
    ['a long year', '+012026-12-24T14:30:00Z'],
    ['a text around it', ' 2026-12-24T14:30:00Z'],
    ['a line after it', '2026-12-24T14:30:00Z\n'],
    ['a zone name', '2026-12-24T14:30:00 UTC'],
    ['a number', '1798122600000'],
    ['a word', 'tomorrow'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('reads back every instant that isoInstant writes', () => {
    const dates = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        expect(parseInstant(isoInstant(date.getTime()))).toBe(date.getTime());
      }),
    );
  });

  it('reads the same instant at every offset', () => {
    const twoDigits = (n: number): string => String(n).padStart(2, '0');
    fc.assert(
      fc.property(fc.integer({ min: -14 * 60, max: 14 * 60 }), (minutes) => {
        const at = Date.parse('2026-03-01T00:00:00Z');
        const local = isoInstant(at + minutes * 60_000).replace('Z', '');
        const ahead = Math.abs(minutes);
        const offset = `${minutes < 0 ? '-' : '+'}${twoDigits(Math.floor(ahead / 60))}:${twoDigits(ahead % 60)}`;
        expect(parseInstant(local + offset)).toBe(at);
      }),
    );
  });
});

describe('isoInstant', () => {
  it('writes a moment the same whatever was written before it', () => {
    const few = fc.constantFrom(0, 1, 1_798_122_600_000, 1_798_122_600_001);
    fc.assert(
      fc.property(fc.array(few), (instants) => {
        expect(instants.map(isoInstant)).toEqual(instants.map((at) => new Date(at).toISOString()));
      }),
    );
    expect(() => isoInstant(NaN)).toThrow(RangeError);
    expect(isoInstant(1)).toBe('1970-01-01T00:00:00.001Z');
  });
});

describe('isoOrNull', () => {
  it('writes an instant as isoInstant does, and what has not come about as null', () => {
    expect(isoOrNull(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(isoOrNull(undefined)).toBeNull();
  });
});

describe('isCalendarDate', () => {
  it.each(['2026-01-01', '2026-12-31', '2028-02-29', '2000-02-29'])('knows %s', (text) => {
    expect(isCalendarDate(text)).toBe(true);
  });

  it.each(['2026-02-29', '1900-02-29', '2026-04-31', '2026-00-10', '2026-10-00', '2026-1-1', '26-01-01', '2026/01/01'])(
    'does not know %s',
    (text) => {
      expect(isCalendarDate(text)).toBe(false);
    },
  );

  it.each(['', ' 2026-01-01', '+012026-01-01', '2026-01-01\n', '2026-01-01T00:00:00Z', 'today'])(
    'takes nothing else: %j',
    (text) => {
      expect(isCalendarDate(text)).toBe(false);
    },
  );
});
