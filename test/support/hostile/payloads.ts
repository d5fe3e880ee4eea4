import { Verbatim } from './json-text.js';

const verbatim = (texts: readonly string[]): Verbatim[] => texts.map((text) => new Verbatim(text));
const DAY_MS = 86_400_000;

// prettier-ignore
export const WRONG_TYPES: readonly unknown[] = [
  null, true, false, 0, -1, 1.5, 106, '', '106', 'true', 'null', [], {}, [[]], [{}], [null], [106], ['106'],
  { 0: 106 }, { length: 1 }, { valueOf: 1 }, { toString: 'x' }, { $ne: 1 }, { id: 106 }, [106, 106, 106],
];

/** In other letters than the service's own statements, so that an answer that repeats one is no leak. */
// prettier-ignore
export const SQL: readonly string[] = [
  "' or '1'='1", "' or 1=1 -- ", '" or ""="', "'; drop table orders; -- ", '1; drop table orders', '106 or 1=1',
  "' union select null, null, null -- ", "\\' or 1=1 -- ", "\\", "'", '"', '`', "\u00bf' or 1=1 -- ", '%bf%27 or 1=1',
  "'/**/or/**/sleep(60)#", '(select(sleep(60)))', '1 and sleep(60)', "' || sleep(60) || '", '/*!50000 or sleep(60) */',
  '?', '??', '??, ?', ':id', '$1', '@@version', "') on duplicate key update quantity=0 -- ", "x' or partner_id='partner-b",
  "res_demo_2' or 'a'='a", '%', '_', "'; set global general_log=1; -- ", "' into outfile '/tmp/x", '\u02bc or 1=1', '0x3f',
  "adult' or '1'='1", '{"$ne":null}', '1;commit', '\u0000\' or 1=1', "' or 1=1 limit 1 -- \n", '-1 procedure analyse()',
];

// prettier-ignore
export const UNICODE: readonly unknown[] = [
  ...['海', '👩‍👩‍👧‍👦', 'e\u0301', '\u202eevil', '\u200b', '\ufeff106', '\ufffd', '\uffff', 'ﷺ', 'İ', 'ı', 'ß', '１０６', '٣', '\u{10ffff}'],
  ...['A'.repeat(3) + '\u0300'.repeat(500), '\ud83d', '\udc00x', 'a\ud83db', 'Ⅳ', '𝟙𝟘𝟞', 'adult\u200d', '\u2028', '\u2029', '\u0085'],
  ...verbatim(['"\\ud83d"', '"\\udc00\\ud83d"', '"\\uD834\\uDD1E"', '"\\u0061dult"', '"\u2028"', '"\ufeff"']),
];

// prettier-ignore
export const CONTROL: readonly unknown[] = [
  ...['\u0000', 'a\u0000b', '106\u0000', '\u0000106', '\r\n', 'x\r\nSet-Cookie: a=b', '\t106', '106\n', ' 106 ', '\u001b[31m', '\u0007'],
  ...['\u007f', '\b', '%00', '%0d%0a', '\u0001'.repeat(100), '\u0000'.repeat(300), '2026-12-31\u0000', 'res_1\u0000', '../\u0000'],
  ...verbatim(['"\\u0000"', '"a\\u0000b"', '"\\b\\f\\n\\r\\t"', '"\\u001f"']),
];

/** Names that every object has, or that frameworks give a meaning to. */
// prettier-ignore
export const PROTOTYPE_NAMES: readonly string[] = [
  '__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', 'isPrototypeOf',
  '__proto__.polluted', 'constructor.prototype.polluted', '__proto__[polluted]', 'constructor[prototype][polluted]', 'then', 'toJSON', 'length',
];

// prettier-ignore
export const PROTOTYPE_VALUES: readonly unknown[] = [
  1, 'x', null, { polluted: true }, { prototype: { polluted: true } }, { toString: null }, [],
  new Verbatim('{"__proto__":{"polluted":true}}'), new Verbatim('{"constructor":{"prototype":{"polluted":true}}}'),
  new Verbatim('{"\\u005f_proto__":{"polluted":true}}'),
];

// prettier-ignore
export const NUMBERS: readonly Verbatim[] = verbatim([
  '9007199254740991', '9007199254740992', '9007199254740993', '-9007199254740993', '18446744073709551615', '18446744073709551616',
  '2147483647', '2147483648', '-2147483648', '-2147483649', '4294967295', '4294967296', '9223372036854775807', '9223372036854775808',
  '0', '-0', '-1', '-106', '0.1', '105.9999999999999999999', '106.0', '1.06e2', '10600e-2', '1e15', '1e21', '1e100', '1e308', '1e309',
  '-1e309', '1e-400', '1E+5', '5e-324', `1${'0'.repeat(400)}`, `0.${'0'.repeat(400)}1`, '99', '100', '101', '1000001', '9'.repeat(30),
]);

// prettier-ignore
const DAYS = [
  '0000-00-00', '0000-01-01', '0001-01-01', '0999-12-31', '1000-01-01', '1969-12-31', '1970-01-01', '2024-02-29', '2025-02-29',
  '2026-02-30', '2026-13-01', '2026-00-10', '2026-12-32', '2026-12-00', '2038-01-19', '2038-01-20', '9999-12-31', '10000-01-01',
  '+275760-09-13', '-271821-04-20', '2026-1-1', '2026/12/31', '31-12-2026', '20261231', '2026-W53-7', '2026-366', '２０２６-12-31', ' 2026-12-31',
];
// prettier-ignore
const TIMES = [
  'T00:00:00Z', 'T23:59:59Z', 'T23:59:60Z', 'T24:00:00Z', 'T25:00:00Z', 'T12:60:00Z', 'T23:59:59.9999999999Z', 'T00:00:00.123456789Z',
  'T00:00:00+14:00', 'T00:00:00-12:00', 'T00:00:00+24:00', 'T00:00:00+99:99', 'T00:00:00-00:00', 'T00:00:00', 't00:00:00z', ' 00:00:00Z',
  'T00:00:00.Z', 'T0:0:0Z', 'T00:00Z', 'T03:14:07Z', 'T03:14:08Z', 'T00:00:00Z\n', 'T00:00:00+08', 'T00:00:00 +08:00',
];
/** Around now, the end of a hold, and the longest hold. */
const EDGES_MS = [
  -1,
  0,
  1,
  1_000,
  DAY_MS - 1,
  DAY_MS,
  DAY_MS + 1,
  7 * DAY_MS - 5_000,
  7 * DAY_MS,
  7 * DAY_MS + 1,
  366 * DAY_MS,
];

/** @param now from which the edges of what may be asked for are counted */
export function datesAround(now: number): string[] {
  const days = [...DAYS, ...EDGES_MS.map((ms) => new Date(now + ms).toISOString().slice(0, 10))];
  return [
    ...days,
    ...days.flatMap((day, n) => [0, 7, 13].map((stride) => `${day}${TIMES[(n + stride) % TIMES.length]}`)),
    ...EDGES_MS.map((ms) => new Date(now + ms).toISOString()),
    ...days.map((day, n) => `${day},${days[(n * 7 + 3) % days.length]}`),
    ...[
      'now',
      'tomorrow',
      'P1D',
      '0',
      '1798675200',
      '1798675200000',
      'NaN',
      'Infinity',
      ',',
      ',,',
      '2026-12-31,',
      ',2026-12-31',
    ],
  ];
}

/** Longer than any column, any bound on text, and at last than the head and the body may be. */
export const LENGTHS = [51, 101, 256, 501, 1_000, 5_000, 16_000, 17_000, 60_000, 65_536, 70_000, 300_000] as const;
export const LIST_LENGTHS = [21, 201, 1_000, 5_000] as const;
export const DEPTHS = [10, 100, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;
