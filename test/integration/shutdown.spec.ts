import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { Agent, type IncomingMessage, request } from 'node:http';

import type { Reply, Reserved } from '../support/api.js';
import { PARTNER_A, PARTNER_B } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { holdInventory, waitForLockWaits } from '../support/locks.js';
import { expectProblem } from '../support/problem.js';
import { openSocket, rawRequest } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';
import { expectSound } from '../support/soundness.js';
import { reservationsOf, tally } from '../support/stock.js';
import { eventually, timed } from '../support/wait.js';

const PRODUCT = 106;
const BODY = { product_id: PRODUCT, quantity: 1 };

let database: TestDatabase;
let service: Service;
beforeEach(async () => {
  database = await demoDatabase();
  service = await startService({ DATABASE_URL: database.url, SHUTDOWN_MAX_SECONDS: '8' });
});
afterEach(async () => {
  await service.end('SIGKILL');
  await expectSound(database);
  await database.drop();
});

const reservedIds = async (): Promise<Set<string>> =>
  new Set(
    (await reservationsOf(database, PRODUCT))
      .filter(({ status }) => status === 'active')
      .map(({ reservation_id }) => reservation_id),
  );

/** GET over an agent's connection. */
async function getOver(agent: Agent, path: string): Promise<Reply<unknown>> {
  const sent = request(`${service.api.base}${path}`, { agent, headers: { 'x-api-key': PARTNER_A } }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return {
    status: answer.statusCode ?? 0,
    headers: new Headers(answer.headersDistinct as unknown as Record<string, string>),
    text,
    body: JSON.parse(text) as unknown,
  };
}

it.each(['SIGTERM', 'SIGINT'] as const)(
  'at %s requests in flight are answered, new ones refused, and the process ends by itself',
  async (signal) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await getOver(agent, '/api/ota/inventory')).status).toBe(200);
    const lock = await holdInventory(database, PRODUCT);
    const inFlight = [PARTNER_A, PARTNER_B, PARTNER_A].map((key) => service.api.reserve(key, BODY));
    await waitForLockWaits(database, 1);

    const exit = once(service.process, 'exit');
    service.process.kill(signal);
    await eventually('it says so', () => service.output().includes(signal));

    const refused = await getOver(agent, '/api/ota/inventory');
    expectProblem(refused, 503, 'shutting_down');
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(refused.headers.get('connection')).toBe('close');
    const late = await service.api.reserve(PARTNER_A, BODY);
    expectProblem(late, 503, 'shutting_down');
    expect((await service.api.send('/health/live')).status).toBe(200);
    expectProblem(await service.api.send('/health/ready'), 503, 'shutting_down');
    service.process.kill(signal); // an impatient second one changes nothing
    expect(service.process.exitCode).toBeNull();

    await lock.release();
    const replies = await Promise.all(inFlight);
    expect(tally(replies)).toEqual({ 201: 3 });
    expect(await exit).toEqual([0, null]);
    expect(await reservedIds()).toEqual(new Set(replies.map(({ body }) => body.reservation_id)));
    expect(service.output()).toMatch(/^allotment: stopped$/m);
    await expect(service.api.send('/health/live')).rejects.toThrow();
    agent.destroy();
  },
);

it('under load each 201 stands in the database, and nothing else does', async () => {
  const replies: Reply<Reserved>[] = [];
  const cut: unknown[] = [];
  let ended = false;
  const client = async (n: number): Promise<void> => {
    while (!ended) {
      try {
        replies.push(await service.api.reserve(n % 2 === 0 ? PARTNER_A : PARTNER_B, BODY));
        if (replies.at(-1)?.status === 503) return;
      } catch (error) {
        cut.push((error as { cause?: { code?: unknown } }).cause?.code);
        return;
      }
    }
  };
  const clients = Array.from({ length: 40 }, (_, n) => client(n));
  await eventually('there is load', () => replies.length > 200);
  const { result: code, ms } = await timed(service.end('SIGTERM'));
  ended = true;
  await Promise.all(clients);

  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);
  const counts = tally(replies);
  expect(Object.keys(counts).filter((status) => status !== '201' && status !== '503')).toEqual([]);
  expect((counts[503] ?? 0) + cut.length).toBe(clients.length);
  for (const reply of replies) if (reply.status === 503) expectProblem(reply, 503, 'shutting_down');
  expect(cut.filter((reason) => !['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET'].includes(String(reason)))).toEqual(
    [],
  );
  expect(await reservedIds()).toEqual(
    new Set(replies.filter(({ status }) => status === 201).map(({ body }) => body.reservation_id)),
  );
});

describe('nobody keeps the process from ending:', () => {
  const PROMPT_MS = 5_000;
  const expectPromptEnd = async (): Promise<void> => {
    const { result: code, ms } = await timed(service.end('SIGTERM'));
    expect({ code, prompt: ms < PROMPT_MS || ms }).toEqual({ code: 0, prompt: true });
  };

  it('a client that hung up before its answer', async () => {
    const lock = await holdInventory(database, PRODUCT);
    const gone = new AbortController();
    const abandoned = service.api.send('/api/ota/reserve', {
      method: 'POST',
      headers: { 'x-api-key': PARTNER_A, 'content-type': 'application/json' },
      body: JSON.stringify(BODY),
      signal: gone.signal,
    });
    await waitForLockWaits(database, 1);
    gone.abort();
    await expect(abandoned).rejects.toThrow();
    await lock.release();
    await eventually('it was done all the same', async () => (await reservedIds()).size === 1);
    await expectPromptEnd();
  });

  it.each([
    ['a client that is connected and says nothing', ''],
    ['a client that stopped half-way through its headers', rawRequest('GET /api/ota/inventory').slice(0, 30)],
    ['a client with a bad URL', rawRequest('GET /%zz').replace('Connection: close\r\n', '')],
    ['a client with a kept connection', rawRequest('GET /health/live').replace('Connection: close\r\n', '')],
  ])('%s', async (_, bytes) => {
    const socket = openSocket(service.api.base).on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(bytes);
    await sleep(100);
    await expectPromptEnd().finally(() => socket.destroy());
  });
});

describe('with SHUTDOWN_MAX_SECONDS=1', () => {
  beforeEach(async () => {
    await service.end('SIGTERM');
    service = await startService({ DATABASE_URL: database.url, SHUTDOWN_MAX_SECONDS: '1' });
  });

  it('a client that stopped half-way through its body is waited for no longer', async () => {
    const headers = [`X-API-Key: ${PARTNER_A}`, 'Content-Type: application/json', 'Content-Length: 99'];
    const socket = openSocket(service.api.base).on('error', () => undefined);
    socket.write(`${rawRequest('POST /api/ota/reserve', headers)}{"product`);
    await sleep(100);
    const { result: code, ms } = await timed(service.end('SIGTERM'));
    expect(code).toBe(1);
    expect(ms).toBeLessThan(5_000);
    socket.destroy();
  });

  it('work that outlasts it is told by the exit code, and is done whole or not at all', async () => {
    const lock = await holdInventory(database, PRODUCT);
    const reply = service.api.reserve(PARTNER_A, BODY).catch(() => undefined);
    await waitForLockWaits(database, 1);
    const ended = service.end('SIGTERM');
    await sleep(1_500);
    await lock.release();
    expect(await ended).toBe(1);
    const ids = await reservedIds();
    const answer = await reply;
    if (answer?.status === 201) expect(ids).toEqual(new Set([answer.body.reservation_id]));
    else expect(ids.size).toBeLessThanOrEqual(1);
  });
});
