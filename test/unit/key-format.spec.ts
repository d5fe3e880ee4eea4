import { createHash } from 'node:crypto';

import { isMistyped, KEY_PREFIX, makeKey } from '../../src/auth/key-format.js';

/** As docs/admin.md gives it to whoever scans for leaked keys. */
const SCANNED = /\balk_[0-9A-Za-z]{10}_[0-9A-Za-z]{36}\b/g;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const keys = Array.from({ length: 500 }, makeKey);

describe('a new key', () => {
  it('is found by a regular expression wherever it stands, and tells its prefix', () => {
    for (const { secret, prefix, sha256 } of keys) {
      expect(`{"key":"${secret}"}, "other"`.match(SCANNED)).toEqual([secret]);
      expect(secret.startsWith(`${prefix}_`)).toBe(true);
      expect(prefix).toMatch(KEY_PREFIX);
      expect(sha256).toEqual(createHash('sha256').update(secret).digest());
    }
  });

  it('is like no other, in any part', () => {
    expect(new Set(keys.map(({ prefix }) => prefix)).size).toBe(keys.length);
    expect(new Set(keys.map(({ secret }) => secret.slice(15, 45))).size).toBe(keys.length);
  });

  it('has each character of its alphabet about as often', () => {
    const counts = new Map<string, number>();
    for (const { secret } of keys)
      for (const character of secret.slice(15, 45)) counts.set(character, (counts.get(character) ?? 0) + 1);
    // 15 000 characters of 62 kinds: 242 of each, give or take six times the deviation of 15.
    for (const character of ALPHABET) {
      expect(counts.get(character)).toBeGreaterThan(150);
      expect(counts.get(character)).toBeLessThan(335);
    }
  });
});

describe('a typo', () => {
  it.each(keys.slice(0, 20).map(({ secret }) => secret))('is told wherever it is: %s', (secret) => {
    expect(isMistyped(secret)).toBe(false);
    for (let at = 'alk_'.length; at < secret.length; at++) {
      const other = secret[at] === 'x' ? 'y' : 'x';
      expect(isMistyped(secret.slice(0, at) + other + secret.slice(at + 1))).toBe(true);
      expect(isMistyped(secret.slice(0, at) + secret.slice(at + 1))).toBe(true);
      expect(isMistyped(secret.slice(0, at) + other + secret.slice(at))).toBe(true);
    }
    expect([isMistyped(`${secret} `), isMistyped('alk_'), isMistyped(secret.slice(0, 14))]).toEqual([true, true, true]);
  });

  it('of two neighbours that changed places is told', () => {
    for (const { secret } of keys) {
      const [a = '', b = ''] = [secret[20], secret[21]];
      if (a !== b) expect(isMistyped(secret.slice(0, 20) + b + a + secret.slice(22))).toBe(true);
    }
  });

  it('is never said of a key of another form', () => {
    for (const key of ['', 'ota_test_key_12345', 'ALK_x', 'allotment_00', 'k'.repeat(12_000)])
      expect(isMistyped(key)).toBe(false);
  });

  it('is told of a key that was checked before in the same way', () => {
    // Made once, so that keys that were given out stay good whatever is done to this code.
    expect(isMistyped('alk_dAlA78UuIa_rhAFNBzjWBLS9heRLnnQMiojPdToZF0Tz6L2')).toBe(false);
  });
});
