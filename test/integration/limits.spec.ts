import type { Reply } from '../support/api.js';
import { bootApp, PARTNER_A, PARTNER_B, READ_ONLY, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addKey, addPartner } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { range, tally } from '../support/stock.js';
import { FETCH_MAX_MS } from '../support/debian-tools.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

let database: TestDatabase;
const booted: TestApp[] = [];

beforeAll(async () => {
  database = await demoDatabase();
  await database.rows("UPDATE partners SET requests_per_minute_max = 8 WHERE id = 'partner-a'");
});
afterEach(async () => {
  await Promise.all(booted.splice(0).map((app) => app.close()));
  await expectSound(database);
});
afterAll(() => database.drop());

async function boot(settings: Readonly<Record<string, string>> = {}): Promise<TestApp> {
  const app = await bootApp(database.url, { RATE_LIMIT: 'on', ...settings });
  booted.push(app);
  return app;
}

const ask = ({ api }: TestApp, key: string, path = '/api/ota/inventory'): Promise<Reply> => api.get(key, path);

const allowance = ({ headers }: Reply): (number | null)[] =>
  ['limit', 'remaining', 'reset'].map((name) => {
    const value = headers.get(`ratelimit-${name}`);
    return value === null ? null : Number(value);
  });

function expectLimited(reply: Reply, limit: number): void {
  expect(expectProblem(reply, 429, 'rate_limited')).toMatchObject({ limit });
  const [told, remaining, reset] = allowance(reply);
  expect([told, remaining]).toEqual([limit, 0]);
  expect(reset).toBeGreaterThan(0);
  expect(reset).toBeLessThanOrEqual(60);
  expect(reply.headers.get('retry-after')).toBe(String(reset));
}

describe('a partner’s requests in a minute', () => {
  it('are limited over all its keys; another partner has its own', async () => {
    const app = await boot();
    const replies: Reply[] = [];
    for (const n of range(0, 8)) replies.push(await ask(app, n % 2 ? PARTNER_A : READ_ONLY));
    expect(tally(replies)).toEqual({ 200: 8 });
    expect(replies.map((reply) => allowance(reply)[1])).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
    expectLimited(await ask(app, PARTNER_A), 8);
    expectLimited(await ask(app, READ_ONLY), 8);
    expect(allowance(await ask(app, PARTNER_B)).slice(0, 2)).toEqual([6000, 5999]);
    expect((await app.api.send('/health/live')).status).toBe(200);
  });

  it('are limited exactly when they come at once, and a refused one does nothing', async () => {
    const app = await boot();
    const [before] = await database.rows('SELECT COUNT(*) AS held FROM channel_reservations');
    const replies = await Promise.all(
      range(0, 40).map(() => app.api.reserve<Record<string, unknown>>(PARTNER_A, { product_id: 106, quantity: 1 })),
    );
    expect(tally(replies)).toEqual({ 201: 8, 429: 32 });
    const [after] = await database.rows('SELECT COUNT(*) AS held FROM channel_reservations');
    expect((after as { held: number }).held).toBe((before as { held: number }).held + 8);
  });

  it('are told on every answer to a partner', async () => {
    const app = await boot();
    const post = (body: unknown, key = PARTNER_A): Promise<Reply> =>
      app.api.reserve<Record<string, unknown>>(key, body);
    const replies: [number, Reply][] = [
      [200, await ask(app, PARTNER_A)],
      [404, await ask(app, PARTNER_A, '/api/ota/reservations/res_nope')],
      [409, await post({ product_id: 106, quantity: 100_000 })],
      [422, await post({ product_id: 106, quantity: 0 })],
      [400, await post({})],
      [403, await post({ product_id: 106, quantity: 1 }, READ_ONLY)],
      [304, await app.api.get(PARTNER_A, '/api/ota/inventory', { 'if-none-match': '*' })],
    ];
    for (const [n, [status, reply]] of replies.entries())
      expect([reply.status, ...allowance(reply).slice(0, 2)]).toEqual([status, 8, 7 - n]);
    expect(allowance(await app.api.send('/api/ota/inventory'))).toEqual([null, null, null]);
  });

  it('of a limit of 0 are all refused', async () => {
    await addPartner(database, 'closed');
    await addKey(database, 'closed', 'closed-key');
    await database.rows("UPDATE partners SET requests_per_minute_max = 0 WHERE id = 'closed'");
    expectLimited(await ask(await boot(), 'closed-key'), 0);
  });
});

describe('bad keys from one address', () => {
  it('get 429 after so many, while a key that is remembered works', async () => {
    const app = await boot({ AUTH_FAILURES_PER_MINUTE_MAX: '3' });
    expect((await ask(app, PARTNER_B)).status).toBe(200);
    for (const n of range(0, 3)) expectProblem(await ask(app, `guess-${n}`), 401, 'invalid_api_key');
    expectLimited(await ask(app, 'guess-3'), 3);
    expectLimited(await ask(app, 'guess-0'), 3);
    expect((await ask(app, PARTNER_B)).status).toBe(200);
    expectProblem(await app.api.send('/api/ota/inventory'), 401, 'authentication_required');
    expect((await app.api.send('/health/live')).status).toBe(200);
  });

  it('are counted by the address that a trusted proxy tells, and by no other', async () => {
    const from = (app: TestApp, address: string): Promise<Reply> =>
      app.api.get('guess', '/api/ota/inventory', { 'x-forwarded-for': address });
    const behind = await boot({ AUTH_FAILURES_PER_MINUTE_MAX: '1', TRUST_PROXY: 'true' });
    expect((await from(behind, '203.0.113.1')).status).toBe(401);
    expect((await from(behind, '203.0.113.1')).status).toBe(429);
    expect((await from(behind, '203.0.113.2')).status).toBe(401);
    const bare = await boot({ AUTH_FAILURES_PER_MINUTE_MAX: '1' });
    expect((await from(bare, '203.0.113.1')).status).toBe(401);
    expect((await from(bare, '203.0.113.2')).status).toBe(429);
  });

  it('sent at once get no more look-ups than that', async () => {
    const app = await boot({ AUTH_FAILURES_PER_MINUTE_MAX: '5' });
    const replies = await Promise.all(range(0, 40).map((n) => ask(app, `burst-${n}`)));
    expect(tally(replies)).toEqual({ 401: 5, 429: 35 });
  });
});

describe('RATE_LIMIT=off', () => {
  it('limits nothing, and says so in the log', async () => {
    const app = await boot({ RATE_LIMIT: 'off', AUTH_FAILURES_PER_MINUTE_MAX: '1' });
    const replies = await Promise.all(range(0, 30).map((n) => ask(app, n % 2 ? PARTNER_A : 'wrong')));
    expect(tally(replies)).toEqual({ 200: 15, 401: 15 });
    expect(replies.every((reply) => allowance(reply)[0] === null)).toBe(true);
    expect(app.log.filter(({ msg }) => msg.includes('RATE_LIMIT=off'))).toHaveLength(1);
  });
});

describe('a Redis that is away', () => {
  it('is said once; requests are served, and limited by each instance', async () => {
    const settings = { REDIS_URL: 'redis://:very-secret@127.0.0.1:1', AUTH_FAILURES_PER_MINUTE_MAX: '2' };
    const apps = [await boot(settings), await boot(settings)];
    for (const app of apps) {
      const replies: Reply[] = [];
      while (replies.length < 8) replies.push(await ask(app, PARTNER_A));
      expect(tally(replies)).toEqual({ 200: 8 });
      expectLimited(await ask(app, PARTNER_A), 8);
      const guesses = [await ask(app, 'guess-1'), await ask(app, 'guess-2'), await ask(app, 'guess-3')];
      expect(guesses.map(({ status }) => status)).toEqual([401, 401, 429]);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(app.log.filter(({ msg }) => msg.includes('Redis is away'))).toHaveLength(1);
      expect(JSON.stringify(app.log)).not.toContain('very-secret');
    }
  });
});

describe('a Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  }, FETCH_MAX_MS);
  afterAll(() => redis.stop());

  it('has instances limit together', async () => {
    const [one, two] = [await boot({ REDIS_URL: redis.url }), await boot({ REDIS_URL: redis.url })];
    const replies: Reply[] = [];
    for (const n of range(0, 12)) replies.push(await ask(n % 2 ? one : two, PARTNER_A));
    expect(tally(replies)).toEqual({ 200: 8, 429: 4 });
  });
});
