import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import { type LogLine, OWN_SHOP, PARTNER_A, PARTNER_B, READ_ONLY } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { addKey } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { rawRequest, sendRaw } from '../support/raw-http.js';

const demo = useDemoService();

const INFO = 30;
const WARN = 40;
const ERROR = 50;
const always = (msg: string, level = INFO): Record<string, unknown> => ({ level, time: expect.any(Number), msg });

const lines = (msg: string): LogLine[] => demo.service.log.filter((line) => line.msg === msg);
const ofRequest = (id: string): LogLine[] => demo.service.log.filter((line) => line['request_id'] === id);
const asking = (id: string): Record<string, string> => ({ 'x-request-id': id });

describe("the card's events", () => {
  it('ota.inventory.requested', async () => {
    const headers = { 'x-api-key': PARTNER_B, ...asking('look') };
    await demo.api.send('/api/ota/inventory?product_ids=108,106', { headers });
    expect(ofRequest('look').filter(({ msg }) => msg !== 'http.request')).toEqual([
      {
        ...always('ota.inventory.requested'),
        request_id: 'look',
        product_ids: [108, 106],
        partner_id: 'partner-b',
        available_quantities: { 106: 1800, 108: 1300 },
      },
    ]);
  });

  it('ota.reservation.created, not again on a replay', async () => {
    const body = { product_id: 106, quantity: 5 };
    const reply = await demo.api.reserve(PARTNER_A, body, { ...asking('make'), 'idempotency-key': 'once' });
    await demo.api.reserve(PARTNER_A, body, { ...asking('repeat'), 'idempotency-key': 'once' });
    expect(ofRequest('make').filter(({ msg }) => msg !== 'http.request')).toEqual([
      {
        ...always('ota.reservation.created'),
        request_id: 'make',
        reservation_id: reply.body.reservation_id,
        product_id: 106,
        quantity: 5,
        expires_at: reply.body.expires_at,
      },
    ]);
    expect(ofRequest('repeat').map(({ msg }) => msg)).toEqual(['http.request']);
  });

  it('ota.inventory.insufficient', async () => {
    const available = await demo.api.available(PARTNER_A, 107);
    await demo.api.reserve(PARTNER_A, { product_id: 107, quantity: available + 1 }, asking('too-many'));
    expect(ofRequest('too-many').filter(({ msg }) => msg !== 'http.request')).toEqual([
      {
        ...always('ota.inventory.insufficient', WARN),
        request_id: 'too-many',
        product_id: 107,
        requested: available + 1,
        available,
      },
    ]);
  });

  it('ota.reservation.expired, once for each hold that the job releases', async () => {
    const holds = [
      await demo.api.reserve(PARTNER_A, { product_id: 108, quantity: 4 }),
      await demo.api.reserve(PARTNER_B, { product_id: 108, quantity: 6 }),
    ];
    await demo.database.rows(
      "UPDATE channel_reservations SET expires_at = SYSDATE(6) - INTERVAL 1 SECOND WHERE status = 'active' AND product_id = 108",
    );
    const job = demo.service.app.get(ExpiryJob);
    expect([await job.run(), await job.run()]).toEqual([2, 0]);
    const logged = lines('ota.reservation.expired');
    expect(logged).toHaveLength(2);
    expect(logged).toEqual(
      expect.arrayContaining(
        holds.map(({ body: { reservation_id, quantity } }) => ({
          ...always('ota.reservation.expired'),
          reservation_id,
          product_id: 108,
          quantity,
        })),
      ),
    );
  });

  it('nothing is told of what was refused for another reason', async () => {
    await demo.api.reserve(PARTNER_A, { product_id: 999, quantity: 1 }, asking('no-such'));
    await demo.api.reserve(PARTNER_A, { product_id: 106, quantity: 101 }, asking('beyond'));
    await demo.api.send('/api/ota/inventory?product_ids=999', { headers: { 'x-api-key': PARTNER_A, ...asking('no') } });
    for (const id of ['no-such', 'beyond', 'no']) expect(ofRequest(id).map(({ msg }) => msg)).toEqual(['http.request']);
  });
});

describe('the request line', () => {
  it.each([
    ['served', '/api/ota/inventory?product_ids=106', PARTNER_A, { route: '/api/ota/inventory', status: 200 }],
    ['refused', '/api/ota/inventory?product_ids=106', 'wrong', { route: '/api/ota/inventory', status: 401 }],
    ['unknown-route', '/nothing?secret=1', PARTNER_A, { status: 404 }],
  ])('is logged once: %s', async (id, path, key, expected) => {
    await demo.api.send(path, { headers: { 'x-api-key': key, ...asking(id) } });
    await new Promise((resolve) => setTimeout(resolve, 20)); // it is written after the answer
    expect(ofRequest(id).filter(({ msg }) => msg === 'http.request')).toEqual([
      { ...always('http.request'), request_id: id, method: 'GET', ms: expect.any(Number), ...expected },
    ]);
  });
});

describe('what is never logged', () => {
  const SECRETS = [PARTNER_A, PARTNER_B, READ_ONLY, OWN_SHOP, 'wrong-secret', 'bearer-secret', 'in-the-query'];
  const SQL = /\bSELECT\b|\bINSERT INTO\b|\bUPDATE\b.*\bSET\b/;

  beforeAll(async () => {
    for (const key of SECRETS) {
      await demo.api.inventory(key);
      await demo.api.reserve(key, { product_id: 106, quantity: 1, key });
      await demo.api.reserve(key, `{"key":"${key}"`);
      await demo.api.reserve(key, { product_id: 106, quantity: 1 });
      await demo.api.send('/api/ota/inventory', { headers: { authorization: `Bearer ${key}` } });
      await demo.api.send(`/api/ota/inventory?api_key=${key}`, { headers: { 'x-api-key': PARTNER_A } });
      await demo.api.send(`/api/ota/${key}?key=${key}`, { headers: { authorization: `Basic ${key}` } });
      await sendRaw(demo.api.base, rawRequest('GET /%zz', [`X-API-Key: ${key}`]));
      await sendRaw(demo.api.base, rawRequest('GET /', [`X-API-Key: ${key}`, 'broken']));
    }
  });

  it('a key, wherever it was sent and whether it was good', () => {
    const everything = JSON.stringify(demo.service.log);
    expect(demo.service.log.length).toBeGreaterThan(50);
    for (const secret of SECRETS) expect(everything).not.toContain(secret);
  });

  it('a key, its hash or SQL, when the database breaks under a request', async () => {
    const before = demo.service.log.length;
    await addKey(demo.database, 'partner-a', 'not-yet-remembered');
    await demo.database.rows('ALTER TABLE api_keys RENAME api_keys_gone');
    try {
      expectProblem(await demo.api.inventory('not-yet-remembered'), 500, 'internal_error');
    } finally {
      await demo.database.rows('ALTER TABLE api_keys_gone RENAME api_keys');
    }
    await demo.database.rows('ALTER TABLE idempotency_keys RENAME idempotency_keys_gone');
    try {
      const headers = { 'idempotency-key': 'a-key-of-the-client' };
      expectProblem(
        await demo.api.reserve(PARTNER_A, { product_id: 106, quantity: 1 }, headers),
        500,
        'internal_error',
      );
    } finally {
      await demo.database.rows('ALTER TABLE idempotency_keys_gone RENAME idempotency_keys');
    }
    const logged = demo.service.log.slice(before);
    expect(logged.filter(({ level }) => level === ERROR)).toHaveLength(2);
    const text = JSON.stringify(logged);
    expect(text).not.toContain('not-yet-remembered');
    expect(text).not.toMatch(/"type":"Buffer"/);
    expect(text).not.toMatch(SQL);
  });
});
