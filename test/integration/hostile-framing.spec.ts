import { PARTNER_A, PARTNER_B } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { holdUnits } from '../support/life.js';
import { INSIDE } from '../support/problem.js';
import { firstAnswer, openSocket, readAll } from '../support/raw-http.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, reservationsOf } from '../support/stock.js';

const demo = useDemoService();
const PRODUCT = 880;
beforeAll(() => addProducts(demo.database, [PRODUCT], { ota: 10_000 }));
afterEach(() => expectSound(demo.database));

const BODY = JSON.stringify({ product_id: PRODUCT, quantity: 1 });
const LENGTH = `Content-Length: ${BODY.length}`;
const CHUNKED = 'Transfer-Encoding: chunked';
const CHUNKS = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

/** What an attacker would have a proxy take for a body, and the service for a request. */
const SMUGGLED = `POST /api/ota/reserve HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${PARTNER_B}\r\nX-Request-Id: smuggled\r\n${LENGTH}\r\n\r\n${BODY}`;

const reserve = (headers: readonly string[], body: string): string =>
  [
    'POST /api/ota/reserve HTTP/1.1',
    'Host: localhost',
    `X-API-Key: ${PARTNER_A}`,
    'Content-Type: application/json',
    ...headers,
    '',
    body,
  ].join('\r\n');

/** Ends a connection that the server would have kept, once all before it is answered. */
const LAST = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

/** Sends bytes and the last request after them, and reads all answers. */
async function answersTo(bytes: string): Promise<string> {
  const socket = openSocket(demo.api.base);
  socket.write(Buffer.from(`${bytes}${LAST}`, 'latin1'));
  return readAll(socket);
}

const statusesOf = (text: string): number[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map(([, status]) => Number(status));

describe('a body whose length is told in more than one way', () => {
  it.each([
    ['length and chunks', [LENGTH, CHUNKED]],
    ['chunks and length', [CHUNKED, LENGTH]],
    ['two lengths that differ', [LENGTH, 'Content-Length: 0']],
    ['two lengths that agree', [LENGTH, LENGTH]],
    ['a list of lengths', [`${LENGTH}, ${BODY.length}`]],
    ['a signed length', [`Content-Length: +${BODY.length}`]],
    ['a negative length', ['Content-Length: -1']],
    ['a hexadecimal length', [`Content-Length: 0x${BODY.length.toString(16)}`]],
    ['a length beyond all numbers', [`Content-Length: ${'9'.repeat(40)}`]],
    ['an empty length', ['Content-Length: ']],
    ['a length with a space in its name', [`Content-Length : ${BODY.length}`]],
    ['a length that is folded', [`Content-Length:\r\n ${BODY.length}`, CHUNKED]],
    ['a length that hides behind a line feed', [`X: y\n${LENGTH}`, CHUNKED]],
    ['a coding that is not known', ['Transfer-Encoding: xchunked']],
    ['chunks before another coding', ['Transfer-Encoding: chunked, identity']],
    ['chunks twice', [CHUNKED, CHUNKED]],
    ['a coding with a tab', ['Transfer-Encoding:\tchunked', LENGTH]],
    ['a coding with a vertical tab', ['Transfer-Encoding: \x0bchunked', LENGTH]],
    ['a coding behind a space', ['Transfer-Encoding : chunked', LENGTH]],
    ['a coding behind a bare return', ['X: y\rTransfer-Encoding: chunked', LENGTH]],
    ['a coding in quotes', ['Transfer-Encoding: "chunked"']],
  ])('%s: nothing of it is done', async (_, headers) => {
    const before = await reservationsOf(demo.database, PRODUCT);
    for (const body of [BODY, CHUNKS, `0\r\n\r\n${SMUGGLED}`, SMUGGLED]) {
      const text = await answersTo(reserve(headers, body));
      expect(statusesOf(text)).toEqual([400]);
      expect(text).toContain('"code":"malformed_request"');
      expect(text).not.toContain('smuggled');
      expect(text).not.toMatch(INSIDE);
    }
    expect(await reservationsOf(demo.database, PRODUCT)).toEqual(before);
  });
});

describe('a chunked body', () => {
  it('is read as one body, whatever it holds', async () => {
    const body = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`;
    const text = await answersTo(reserve([CHUNKED], body));
    expect(statusesOf(text)).toEqual([400]);
    expect(text).not.toContain('smuggled');
  });

  it.each([
    ['a size that is no number', `zz\r\n${BODY}\r\n0\r\n\r\n`],
    ['a negative size', `-1\r\n${BODY}\r\n0\r\n\r\n`],
    ['a size beyond all numbers', `${'f'.repeat(20)}\r\n${BODY}\r\n0\r\n\r\n`],
    ['a size in front of a space', `${BODY.length.toString(16)} \r\n${BODY}\r\n0\r\n\r\n`],
    ['a size that is too small', `2\r\n${BODY}\r\n0\r\n\r\n`],
    ['an end of line that is missing', `${BODY.length.toString(16)}\r\n${BODY}0\r\n\r\n`],
    ['a line feed alone', `${BODY.length.toString(16)}\n${BODY}\n0\n\n`],
    ['an extension that is too long', `${BODY.length.toString(16)};${'x'.repeat(20_000)}\r\n${BODY}\r\n0\r\n\r\n`],
  ])('with %s is refused, and nothing after it is read', async (_, chunks) => {
    const before = await reservationsOf(demo.database, PRODUCT);
    const text = await answersTo(reserve([CHUNKED], `${chunks}${SMUGGLED}`));
    expect(statusesOf(text)).toEqual([expect.any(Number)]);
    expect(statusesOf(text)[0]).toBeGreaterThanOrEqual(400);
    expect(statusesOf(text)[0]).toBeLessThan(500);
    expect(text).not.toContain('smuggled');
    expect(await reservationsOf(demo.database, PRODUCT)).toEqual(before);
  });

  it('that ends with headers of its own keeps the ones it began with', async () => {
    const trailers = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\nX-API-Key: ${PARTNER_B}\r\nIdempotency-Key: trailing\r\n\r\n`;
    const text = await answersTo(reserve([CHUNKED, 'Trailer: X-API-Key'], trailers));
    expect(statusesOf(text)).toEqual([201]);
    const made = await reservationsOf(demo.database, PRODUCT);
    expect(made.at(-1)?.partner_id).toBe('partner-a');
    expect(await demo.database.rows("SELECT 1 FROM idempotency_keys WHERE idempotency_key = 'trailing'")).toEqual([]);
  });
});

describe('a body of a request that takes none', () => {
  it('is not the next request', async () => {
    const before = await reservationsOf(demo.database, PRODUCT);
    const bytes = `GET /api/ota/inventory?product_ids=${PRODUCT} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${PARTNER_A}\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`;
    const text = await answersTo(bytes);
    expect(statusesOf(text)).toEqual([200]);
    expect(await reservationsOf(demo.database, PRODUCT)).toEqual(before);
  });

  it('of a request that is refused before it is read is not the next one either', async () => {
    const before = await reservationsOf(demo.database, PRODUCT);
    for (const line of ['POST /nothing', 'POST /api/ota/%zz', 'DELETE /api/ota/reserve']) {
      const head = `${line} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n`;
      const text = await answersTo(`${head}${SMUGGLED}`);
      expect(statusesOf(text)).toHaveLength(1);
      expect(text).not.toContain('smuggled');
    }
    expect(await reservationsOf(demo.database, PRODUCT)).toEqual(before);
  });
});

describe('a request line', () => {
  it.each([
    ['of HTTP/0.9', 'GET /health/live\r\n\r\n'],
    ['of HTTP/1.9', 'GET /health/live HTTP/1.9\r\nHost: x\r\n\r\n'],
    ['of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['of HTTP/9.9', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'],
    ['with NUL', 'GET /\0health/live HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['with a tab', 'GET\t/health/live HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['with two spaces', 'GET  /health/live HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['with more than it needs', 'GET /health/live HTTP/1.1 x\r\nHost: x\r\n\r\n'],
    ['of another protocol', 'RTSP/1.0 SETUP rtsp://x\r\n\r\n'],
    ['in small letters', 'get /health/live http/1.1\r\nHost: x\r\n\r\n'],
    ['with a name of a header only', 'GET /health/live HTTP/1.1\r\nHost\r\n\r\n'],
    ['with a header that folds', 'GET /health/live HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n'],
  ])('%s is answered once, and never with a failure', async (_, bytes) => {
    const text = await answersTo(bytes);
    expect(statusesOf(text).filter((status) => status >= 500)).toEqual([]);
    expect(statusesOf(text).length).toBe(1);
    expect(text).not.toMatch(INSIDE);
  });

  it('that asks for a tunnel is hung up on', async () => {
    expect(await answersTo('CONNECT 127.0.0.1:3306 HTTP/1.1\r\nHost: 127.0.0.1:3306\r\n\r\n')).toBe('');
  });

  it('of another host finds the same routes and no other service', async () => {
    const bytes = `GET http://127.0.0.1:3306/health/live HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n`;
    expect(await answersTo(bytes)).toContain('{"status":"live"}');
  });
});

describe('requests that are sent without waiting for answers', () => {
  const REQUESTS = 100;

  it(`${REQUESTS} on one connection are answered in their order, each as if it had come alone`, async () => {
    const { reservation_id: id } = await holdUnits(demo.api, PRODUCT, 1);
    const kinds: [status: number, bytes: (n: number) => string][] = [
      [201, (n) => reserve([LENGTH, `X-Request-Id: n${n}`], BODY)],
      [401, (n) => `GET /api/ota/inventory HTTP/1.1\r\nHost: x\r\nX-Request-Id: n${n}\r\n\r\n`],
      [
        200,
        (n) =>
          `GET /api/ota/reservations/${id} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${PARTNER_A}\r\nX-Request-Id: n${n}\r\n\r\n`,
      ],
      [
        404,
        (n) =>
          `GET /api/ota/reservations/${id} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${PARTNER_B}\r\nX-Request-Id: n${n}\r\n\r\n`,
      ],
      [400, (n) => reserve([`X-Request-Id: n${n}`, 'Content-Length: 2'], '{}')],
    ];
    const kindOf = (n: number): (typeof kinds)[number] => kinds[n % kinds.length] ?? [0, () => ''];
    const numbers = Array.from({ length: REQUESTS }, (_, n) => n);
    let rest = Buffer.from(await answersTo(numbers.map((n) => kindOf(n)[1](n)).join('')));
    const answered: [string | null, number][] = [];
    for (let answer = firstAnswer(rest, 'GET'); answer; answer = firstAnswer(rest, 'GET')) {
      answered.push([answer.reply.headers.get('x-request-id'), answer.reply.status]);
      rest = rest.subarray(answer.end);
    }
    expect(answered.slice(0, -1)).toEqual(numbers.map((n) => [`n${n}`, kindOf(n)[0]]));
    expect(answered.at(-1)).toEqual([expect.any(String), 200]);
    expect(rest).toHaveLength(0);
  });
});
