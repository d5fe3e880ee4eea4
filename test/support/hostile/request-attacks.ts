import { gzipSync } from 'node:zlib';

import fc from 'fast-check';

import { type Shot, shotOf } from './draft.js';
import type { Attack, Attacker } from './value-attacks.js';
import { validDrafts } from './valid.js';

type Header = readonly [name: string, value: string];
type Change = (shot: Shot) => Shot;

/** Attacks on the request as a whole. */
export const REQUEST_ATTACKS = {
  'content type': keyed(() =>
    fc.tuple(fc.constantFrom(...TYPES), fc.constantFrom(...BODIES)).map(([type, body]) => ofType(type, body)),
  ),
  'broken JSON': keyed(() => fc.tuple(fc.constantFrom(...BREAKS), fc.nat()).map(([broken, at]) => broken(at))),
  method: keyed(() => fc.constantFrom(...METHODS).map((method) => (shot) => ({ ...shot, method }))),
  path: keyed(() =>
    fc
      .tuple(fc.constantFrom(...PATHS), fc.nat())
      .map(([bent, at]) => (shot) => ({ ...shot, target: bent(shot.target, at) })),
  ),
  header: keyed(() =>
    fc
      .array(fc.constantFrom(...HEADERS), { minLength: 1, maxLength: 4 })
      .map((more) => (shot) => ({ ...shot, headers: [...shot.headers, ...more.flat()] })),
  ),
  'header twice': keyed(() =>
    fc.tuple(fc.nat(), fc.constantFrom('same', 'other', 'empty')).map(
      ([nth, how]) =>
        (shot) =>
          headerTwice(shot, nth, how),
    ),
  ),
  'bad key': (operation, attacker) =>
    fc
      .tuple(validDrafts(operation, attacker.known).map(shotOf), fc.constantFrom(...credentials(attacker)))
      .map(([shot, headers]) => ({ ...shot, headers: [...headers, ...shot.headers] })),
} as const satisfies Record<string, Attack>;

function keyed(change: () => fc.Arbitrary<Change>): Attack {
  return (operation, { known, key }) =>
    fc
      .tuple(validDrafts(operation, known).map(shotOf), change())
      .map(([shot, changed]) => changed({ ...shot, headers: [['X-API-Key', key], ...shot.headers] }));
}

// prettier-ignore
const TYPES: readonly (string | undefined)[] = [
  undefined, '', ' ', '/', 'json', 'application', 'application/', 'application/json', 'application/json; charset=utf-16', 'application/json; charset="',
  'application/json, text/plain', 'application/problem+json', 'application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=utf-7',
  'multipart/form-data', 'multipart/form-data; boundary=x', 'multipart/mixed; boundary=', 'text/plain', 'text/html', 'text/xml', 'application/xml',
  'application/octet-stream', 'application/x-ndjson', 'application/graphql', 'application/cbor', 'application/msgpack', 'application/x-java-serialized-object',
  'application/yaml', 'image/svg+xml', '*/*', 'application/*', 'a'.repeat(5_000), '__proto__', 'constructor/prototype', 'application/json\u0000', 'APPLICATION/JSON',
];

/** `undefined` is the request's own body. */
// prettier-ignore
const BODIES: readonly (string | Buffer | undefined)[] = [
  undefined, '', ' ', '{}', '[]', 'null', '""', '1', 'product_id=106&quantity=1', '__proto__[polluted]=1&constructor[prototype][polluted]=1',
  '--x\r\nContent-Disposition: form-data; name="product_id"\r\n\r\n106\r\n--x--\r\n', '{"product_id":106}\n{"product_id":106}',
  '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', '!!js/function "x"', '%00', 'a'.repeat(66_000),
  Buffer.from('{"product_id":106,"quantity":1}', 'utf16le'), Buffer.from('\ufeff{"product_id":106,"quantity":1}'), gzipSync('{"product_id":106}'),
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), Buffer.from([0xc0, 0x80]), Buffer.alloc(1_000), Buffer.from('aced0005', 'hex'),
];

const ofType =
  (type: string | undefined, body: string | Buffer | undefined): Change =>
  (shot) => ({
    ...shot,
    headers: [
      ...shot.headers.filter(([name]) => name !== 'Content-Type'),
      ...(type === undefined ? [] : [['Content-Type', type] as const]),
    ],
    body: body ?? shot.body ?? '{"product_id":106,"quantity":1}',
  });

const broken =
  (change: (text: string, at: number) => string): ((at: number) => Change) =>
  (at) =>
  (shot) => {
    const text = String(shot.body ?? '{"product_id":106,"quantity":1}');
    return {
      ...shot,
      headers: [...shot.headers.filter(([name]) => name !== 'Content-Type'), ['Content-Type', 'application/json']],
      body: change(text, at % (text.length + 1)),
    };
  };

const BREAKS = [
  broken((text, at) => text.slice(0, at)),
  broken((text, at) => text.slice(at)),
  broken((text, at) => text.slice(0, at) + text.slice(at + 1)),
  broken((text, at) => `${text.slice(0, at)}\u0000${text.slice(at)}`),
  broken((text, at) => `${text.slice(0, at)}"${text.slice(at)}`),
  broken((text) => text.replaceAll('"', "'")),
  broken((text) => text.replaceAll(/"(\w+)":/g, '$1:')),
  broken((text) => text.replaceAll('}', ',}')),
  broken((text) => `${text}${text}`),
  broken((text) => `// comment\n${text}`),
  broken((text) => text.replace(/\d+/, 'NaN')),
  broken((text) => text.replace(/\d+/, '-Infinity')),
  broken((text) => text.replace(/\d+/, '0x6A')),
  broken((text) => text.replace(/\d+/, '0106')),
  broken((text) => text.replace(/\d+/, '+1')),
  broken((text) => `)]}',\n${text}`),
];

/** Some of them HTTP, some of WebDAV, some of nobody. */
// prettier-ignore
const METHODS = ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH', 'M-SEARCH', 'QUERY', 'PURGE', 'get', 'Post', 'GETS', 'X', '__proto__', 'POST', 'GET'];

const PATHS: readonly ((target: string, at: number) => string)[] = [
  (target) => `/${target}`,
  (target) => `${target.split('?')[0]}/`,
  (target) => `${target}/../../../../etc/passwd`,
  (target) => target.replace('/api/', '/api/../api/'),
  (target) => target.replace('/api/', '/api//'),
  (target) => target.replace('/api/', '/%61pi/'),
  (target) => target.replace('/api/', '/api%2f'),
  (target) => target.replace('/api/', '/API/'),
  (target) => target.replace('/api/', '/api\\'),
  (target) => target.replaceAll('/', '%2f'),
  (target) => `${target}%00`,
  (target) => `${target};x=1`,
  (target) => `${target}.json`,
  (target) => `${target}%`,
  (target) => `${target}%c0%ae`,
  (target) => `${target}%ff%fe`,
  (target) => `${target}?${'&'.repeat(500)}`,
  (target) => `${target}?=&=&a=&=b`,
  (target) => `${target}?${'a=1&'.repeat(2_000)}`,
  (target) => `${target}#fragment`,
  (target) => `${target}?%E0%A4%A=1&x=%`,
  (target) => `http://elsewhere.example${target}`,
  (target) => `https://127.0.0.1:3306${target}`,
  () => '*',
  (target, at) => `${target.slice(0, at % target.length)}\u0000${target.slice(at % target.length)}`,
  (target, at) => `${target.slice(0, at % target.length)} ${target.slice(at % target.length)}`,
  (target, at) => `${target.slice(0, at % target.length)}海${target.slice(at % target.length)}`,
  (target, at) => `${target.slice(0, at % target.length)}\u007f${target.slice(at % target.length)}`,
  (target, at) => target.slice(0, at % target.length),
  (target) => `${target}/${'x'.repeat(3_000)}`,
  (target) => `${target}/${'x/'.repeat(5_000)}`,
  (target) => `${target}/${'x'.repeat(20_000)}`,
];

// prettier-ignore
const HEADERS: readonly (readonly Header[])[] = [
  [['X-Forwarded-For', '127.0.0.1']], [['X-Forwarded-For', '1.2.3.4, '.repeat(500)]], [['Forwarded', 'for=127.0.0.1;proto=https']], [['X-HTTP-Method-Override', 'DELETE']],
  [['X-Original-URL', '/metrics']], [['X-Rewrite-URL', '/metrics']], [['X-Forwarded-Host', 'elsewhere.example']], [['Expect', '100-continue']], [['Expect', 'the worst']],
  [['Upgrade', 'websocket'], ['Connection', 'Upgrade'], ['Sec-WebSocket-Key', 'eA=='], ['Sec-WebSocket-Version', '13']], [['Upgrade', 'h2c'], ['HTTP2-Settings', 'AAMAAABk']],
  [['Connection', 'X-API-Key, keep-alive']], [['TE', 'trailers, chunked']], [['Range', 'bytes=0-0,-1']], [['Range', 'bytes=999999999-']], [['If-Match', '"x"']],
  [['If-None-Match', '*']], [['If-None-Match', '"x", '.repeat(1_000)]], [['If-Modified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT']], [['If-Unmodified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT']],
  [['If-Range', '"x"']], [['Accept', 'text/html']], [['Accept', 'x/'.repeat(1_000)]], [['Accept-Encoding', 'gzip;q=1e999']], [['Accept-Language', 'a-'.repeat(2_000)]], [['Accept-Version', '9.9.9']],
  [['Cookie', '__proto__=1; '.repeat(300)]], [['Origin', 'null'], ['Access-Control-Request-Method', 'POST']], [['Content-Encoding', 'gzip']], [['Content-Encoding', 'br, gzip, x']],
  [['Idempotency-Key', '\u0000']], [['Idempotency-Key', 'x'.repeat(256)]], [['Idempotency-Key', '海']], [['Idempotency-Key', '']], [['X-Request-Id', 'a","level":"fatal']], [['X-Request-Id', '\u001b[31m']],
  [['__proto__', '1']], [['constructor', '1']], [['X-Large', 'x'.repeat(15_000)]], [['X-Large', 'x'.repeat(20_000)]], [['Authorization', `Bearer${' '.repeat(10_000)}`]], [['Authorization', 'Digest username="a"']],
  Array.from({ length: 1_500 }, (_, n): Header => [`h${n}`, '']), [['bad name', '1']], [['', '1']], [['naïve', '1']], [['X-Ctl', 'a\u0001b']], [['X-Nul', 'a\u0000b']], [['Content-Length', '']],
];

function headerTwice(shot: Shot, nth: number, how: string): Shot {
  const names: Header[] = [
    ...shot.headers,
    ['Host', 'localhost'],
    ['X-Request-Id', 'a'],
    ['Idempotency-Key', 'b'],
    ['Content-Type', 'application/json'],
  ];
  const [name = '', value = ''] = names[nth % names.length] ?? [];
  const again: Header = [
    nth % 3 === 0 ? name.toLowerCase() : name,
    how === 'same' ? value : how === 'other' ? `${value}x` : '',
  ];
  return { ...shot, headers: nth % 2 === 0 ? [again, ...shot.headers] : [...shot.headers, again] };
}

// prettier-ignore
const credentials = ({ badKeys, key }: Attacker): Header[][] => [
  [],
  [['X-API-Key', '']],
  [['Authorization', 'Bearer']],
  [['Authorization', `Basic ${btoa(`x:${key}`)}`]],
  [['X-API-Key', key.toUpperCase()]],
  [['X-API-Key', key.slice(0, -1)]],
  [['X-API-Key', `${key}, ${key}`]],
  [['X-API-Key', key], ['X-API-Key', key]],
  [['X-Api-Key-Id', key], ['Cookie', `X-API-Key=${key}`], ['apikey', key]],
  ...badKeys.flatMap((bad): Header[][] => [[['X-API-Key', bad]], [['Authorization', `Bearer ${bad}`]], [['X-API-Key', bad], ['Authorization', `Bearer ${key}`]]]),
];
