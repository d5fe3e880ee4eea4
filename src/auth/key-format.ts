import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BRAND = 'alk_';
/** Names the key among all: 59 bits, so that no two are alike. */
const NAME_CHARACTERS = 10;
/** 178 bits: none is found by trying, however fast SHA-256 is. */
const SECRET_CHARACTERS = 30;
/** Of a CRC32: 62^6 is more than 2^32. */
const CHECK_CHARACTERS = 6;

/**
 * What a key looks like, for secret scanners: `alk_`, the name, `_`, the secret and the check part. One word, so that a
 * double click takes all of it.
 */
const KEY = new RegExp(
  `^${BRAND}[0-9A-Za-z]{${NAME_CHARACTERS}}_[0-9A-Za-z]{${SECRET_CHARACTERS + CHECK_CHARACTERS}}$`,
);

/** The public part of a key, `alk_` and its name. */
export const KEY_PREFIX = new RegExp(`^${BRAND}[0-9A-Za-z]{${NAME_CHARACTERS}}$`);

/** A key that was just made. The secret is shown to whoever made it, once, and kept nowhere. */
export interface NewKey {
  readonly secret: string;
  readonly prefix: string;
  readonly sha256: Buffer;
}

export function makeKey(): NewKey {
  const prefix = BRAND + randomText(NAME_CHARACTERS);
  const body = `${prefix}_${randomText(SECRET_CHARACTERS)}`;
  const secret = body + checkOf(body);
  return { secret, prefix, sha256: hash('sha256', secret, 'buffer') };
}

/** Begins as our keys do and is none: a character is wrong, missing or too many. Keys of another form are never said to be. */
export const isMistyped = (key: string): boolean =>
  key.startsWith(BRAND) &&
  !(KEY.test(key) && checkOf(key.slice(0, -CHECK_CHARACTERS)) === key.slice(-CHECK_CHARACTERS));

function checkOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECK_CHARACTERS; place++) {
    digits = ALPHABET.charAt(rest % ALPHABET.length) + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}

const randomText = (characters: number): string =>
  Array.from({ length: characters }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
