import { PARTNER_A } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { holdUnits } from '../support/life.js';
import { expectProblem } from '../support/problem.js';
import { rawRequest, sendRaw } from '../support/raw-http.js';

const demo = useDemoService();

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KEY = { 'x-api-key': PARTNER_A };
const JSON_TYPE = { 'content-type': 'application/json' };

describe('routes and methods that do not exist', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/nothing/here?at=all'],
    ['GET', '/api'],
    ['GET', '/api/ota'],
    ['GET', '/api/ota/inventory/106'],
    ['GET', '/API/OTA/INVENTORY'],
    ['GET', '/api/ota/reserve'],
    ['POST', '/api/ota/inventory'],
    ['PUT', '/api/ota/reserve'],
    ['DELETE', '/api/ota/inventory'],
    ['PATCH', '/health/live'],
    ['OPTIONS', '/api/ota/inventory'],
    ['GET', '/docs/../package.json'],
    ['GET', '/docs/nothing.js'],
    ['GET', '/docs/..%2f..%2fpackage.json'],
    ['GET', '/%E2%82%AC'],
  ])('%s %s is 404', async (method, path) => {
    for (const headers of [{}, KEY]) {
      const { detail } = expectProblem(await demo.api.send(path, { method, headers }), 404, 'not_found');
      expect(detail).toContain(method);
    }
  });

  it('a body there changes nothing', async () => {
    for (const body of ['{"a":1}', '{broken'])
      expectProblem(
        await demo.api.send('/nothing', { method: 'POST', headers: JSON_TYPE, body }),
        body === '{broken' ? 400 : 404,
        body === '{broken' ? 'malformed_request' : 'not_found',
      );
  });
});

describe('bodies', () => {
  const post = (type: string, body: string | Buffer): ReturnType<typeof demo.api.send> =>
    demo.api.send('/api/ota/reserve', { method: 'POST', headers: { ...KEY, 'content-type': type }, body });

  it.each(['{"product_id":', 'nonsense', '\u0000', '{"product_id":106,"quantity":1'])(
    'malformed JSON is 400: %j',
    async (body) => {
      expectProblem(await post('application/json', body), 400, 'malformed_request');
    },
  );

  it.each([
    'text/plain',
    'text/xml',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'image/png',
    'nonsense',
    'application/jsonp',
  ])('the type %s is 415', async (type) => {
    expectProblem(await post(type, '{"product_id":106,"quantity":1}'), 415, 'unsupported_media_type');
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/x-www-form-urlencoded',
  ])('the type %s is read', async (type) => {
    expect((await post(type, '{"product_id":106,"quantity":1}')).status).toBe(201);
  });

  it('a body that is too large is 413, told beforehand or not', async () => {
    const large = JSON.stringify({ product_id: 106, quantity: 1, filler: 'x'.repeat(70_000) });
    const { detail } = expectProblem(await post('application/json', large), 413, 'payload_too_large');
    expect(detail).toContain('65536');
    const chunked = `${rawRequest('POST /api/ota/reserve', [`X-API-Key: ${PARTNER_A}`, 'Content-Type: application/json', 'Transfer-Encoding: chunked'])}${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`;
    expectProblem(await sendRaw(demo.api.base, chunked), 413, 'payload_too_large');
  });

  it.each([17, 100, 1_000, 2_000, 3_000, 5_000, 30_000])('nested %i levels deep are 400', async (levels) => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 1);
    for (const body of [
      `{"guests":${'['.repeat(levels)}${']'.repeat(levels)}}`,
      `{"a":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`,
    ].filter(({ length }) => length < 65_536))
      expectProblem(await demo.api.step(PARTNER_A, id, 'activate', body), 400, 'malformed_request');
  });

  it('with a member that every object has are 400, wherever it stands', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 1);
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      const guests = `[{"customer_type":"adult","quantity":1,"${name}":{}}]`;
      const reply = await demo.api.step(PARTNER_A, id, 'activate', `{"guests":${guests}}`);
      expectProblem(reply, 400, 'malformed_request');
      if (name !== '__proto__')
        expect(reply.body.errors).toEqual([{ pointer: `/guests/0/${name}`, detail: 'unknown member' }]);
    }
  });

  it('a body where none belongs is not looked at', async () => {
    const request = rawRequest('GET /api/ota/inventory', [`X-API-Key: ${PARTNER_A}`, 'Content-Length: 5']);
    expect((await sendRaw(demo.api.base, `${request}xxxxx`)).status).toBe(200);
  });
});

describe('what is hardly HTTP', () => {
  const get = (path: string, headers: string[] = []): ReturnType<typeof sendRaw> =>
    sendRaw(demo.api.base, rawRequest(`GET ${path}`, headers));

  it.each(['/%', '/%zz', '/api/%C3%28', '/api/ota/inventory/%E0%A4%A'])(
    'bad percent-encoding in the path is 400: %s',
    async (path) => {
      expectProblem(await get(path, [`X-API-Key: ${PARTNER_A}`]), 400, 'malformed_request');
    },
  );

  it('bad percent-encoding in the query is refused as the value that it is', async () => {
    expectProblem(
      await get('/api/ota/inventory?product_ids=%zz', [`X-API-Key: ${PARTNER_A}`]),
      422,
      'invalid_product_ids',
    );
  });

  it.each([
    ['garbage', 'garbage\r\n\r\n', 400, 'malformed_request'],
    ['TLS', Buffer.from('160301020001000000', 'hex'), 400, 'malformed_request'],
    ['an unknown method', rawRequest('FOO /api/ota/inventory'), 400, 'malformed_request'],
    ['a header without a colon', rawRequest('GET /', ['nonsense']), 400, 'malformed_request'],
    [
      'a length that is no number',
      rawRequest('POST /api/ota/reserve', ['Content-Length: many']),
      400,
      'malformed_request',
    ],
    [
      'two ways to tell the length',
      rawRequest('POST /api/ota/reserve', ['Content-Length: 3', 'Transfer-Encoding: chunked']),
      400,
      'malformed_request',
    ],
    ['headers that are too large', rawRequest('GET /', [`X-Large: ${'x'.repeat(20_000)}`]), 431, 'headers_too_large'],
    ['a URL that is too large', rawRequest(`GET /${'x'.repeat(20_000)}`), 431, 'headers_too_large'],
  ])('%s', async (_, bytes, status, code) => {
    expectProblem(await sendRaw(demo.api.base, bytes), status, code);
    expect((await demo.api.send('/health/live')).status).toBe(200);
  });

  it('a request without a Host is 400, unless it is HTTP/1.0', async () => {
    const bare = (version: string): string => `GET /health/live HTTP/${version}\r\nConnection: close\r\n\r\n`;
    expectProblem(await sendRaw(demo.api.base, bare('1.1')), 400, 'malformed_request');
    expect((await sendRaw(demo.api.base, bare('1.0'))).status).toBe(200);
  });

  it.each(['websocket', 'h2c'])('an Upgrade to %s is not taken, and ends the connection', async (protocol) => {
    const upgrade = `GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
    const reply = await sendRaw(demo.api.base, `${upgrade}garbage\r\n\r\n`);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('connection')).toBe('close');
    expect(reply.text).toBe('{"status":"live"}');
  });

  it('an expectation that nobody knows is no reason to refuse', async () => {
    expect((await get('/health/live', ['Expect: the-worst'])).status).toBe(200);
    expectProblem(await get('/nothing', ['Expect: the-worst']), 404, 'not_found');
  });

  it.each([
    ['a range beyond the end', 'Range: bytes=99999999-', 400],
    ['a range of another unit', 'Range: pages=1-2', 200],
    ['a condition that does not hold', 'If-Match: "another"', 400],
    ['a date that has passed', 'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT', 400],
  ])('a file of Swagger UI asked for with %s', async (_, header, status) => {
    const reply = await get('/docs/swagger-ui.css', [header]);
    if (status === 200) expect(reply.status).toBe(status);
    else expectProblem(reply, status, 'malformed_request');
  });

  it('a long path is 404, not an error', async () => {
    expectProblem(await get(`/api/ota/nothing/${'x'.repeat(5_000)}`), 404, 'not_found');
  });
});

describe('X-Request-Id', () => {
  const idOf = async (headers: Record<string, string>): Promise<string | null> =>
    (await demo.api.send('/health/live', { headers })).headers.get('x-request-id');

  it('of the client is kept, on answers and refusals', async () => {
    for (const id of ['abc', 'A-1_b.c:d', 'x'.repeat(128)]) {
      expect(await idOf({ 'x-request-id': id })).toBe(id);
      const refusal = await demo.api.send('/api/ota/inventory', { headers: { 'x-request-id': id } });
      expect(expectProblem(refusal, 401, 'authentication_required').instance).toBe(`urn:allotment:request:${id}`);
    }
  });

  it.each([
    ['too long', 'x'.repeat(129)],
    ['with spaces', 'a b'],
    ['that forges a log line', 'a","level":"fatal'],
    ['with markup', '<script>'],
    ['beyond ASCII', '\u00fc'],
    ['that is empty', ''],
  ])('%s is replaced', async (_, id) => {
    expect(await idOf({ 'x-request-id': id })).toMatch(UUID);
  });

  it('is made up where there is none, anew each time', async () => {
    const ids = [await idOf({}), await idOf({})];
    for (const id of ids) expect(id).toMatch(UUID);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('is on the answer to a bad URL too', async () => {
    const reply = await sendRaw(demo.api.base, rawRequest('GET /%zz', ['X-Request-Id: mine']));
    expect(reply.headers.get('x-request-id')).toBe('mine');
    expectProblem(reply, 400, 'malformed_request');
  });
});

describe('when something breaks inside', () => {
  afterEach(() => demo.database.rows('ALTER TABLE special_dates_gone RENAME special_dates'));

  it('the answer is a 500 that tells nothing of it, and the log line has its request id', async () => {
    await demo.database.rows('ALTER TABLE special_dates RENAME special_dates_gone');
    // Or prices that were kept would do.
    await demo.database.rows('UPDATE price_list_version SET version = version + 1');
    const inventory = await demo.api.inventory<Record<string, unknown>>(PARTNER_A);
    const reserve = await demo.api.reserve(PARTNER_A, { product_id: 106, quantity: 1 });
    for (const reply of [inventory, reserve]) {
      expectProblem(reply, 500, 'internal_error');
      expect(reply.text).not.toMatch(/special_dates|table|mysql/i);
      const id = reply.headers.get('x-request-id');
      expect(
        demo.service.log.filter((line) => line['request_id'] === id && line.msg === 'request failed'),
      ).toHaveLength(1);
    }
  });
});
