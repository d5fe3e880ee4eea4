import { once } from 'node:events';

import { ERROR_CODES, type ErrorCode } from '../../src/domain/errors.js';
import { RequestTracker } from '../../src/observability/request-tracker.js';
import type { Api, Problem, Reply } from '../support/api.js';
import { bootApp, PARTNER_A, READ_ONLY, type TestApp } from '../support/app.js';
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { dayIn, holdUnits } from '../support/life.js';
import { holdInventory, waitForLockWaits } from '../support/locks.js';
import { addKey, addPartner, changeKey } from '../support/partners.js';
import { openSocket, rawRequest, sendRaw } from '../support/raw-http.js';
import { addProducts } from '../support/stock.js';

jest.setTimeout(60_000);

let database: TestDatabase;
const apps: TestApp[] = [];
const proxies: CuttingProxy[] = [];
let api: Api;

beforeAll(async () => {
  database = await demoDatabase();
  await addOperator(database);
  api = (await boot()).api;
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await database.drop();
});

async function boot(settings: Readonly<Record<string, string>> = {}, url = database.url): Promise<TestApp> {
  const app = await bootApp(url, settings);
  apps.push(app);
  return app;
}

/** An app whose database can be taken away; its key is verified before. */
async function bootRemote(): Promise<{ api: Api; proxy: CuttingProxy }> {
  const proxy = await startCuttingProxy(database.url);
  proxies.push(proxy);
  const remote = await boot({}, proxy.url);
  await remote.api.available(PARTNER_A, 106);
  return { api: remote.api, proxy };
}

type Ask = () => Promise<Reply<unknown>>;

const reserve = (body: unknown, key = PARTNER_A, headers = {}): Promise<Reply<unknown>> =>
  api.reserve<unknown>(key, body, headers);
const MOVE = { from: 'ota', to: 'direct', units: 1 };
const change = (
  route: Parameters<Api['desk']>[1],
  body: object,
  headers: Record<string, string> = { 'if-match': '*' },
) => api.desk<unknown>(OPERATOR, route, body, headers);
const ONE = { product_id: 106, quantity: 1 };

/** Takes a step with a new hold of 106, after the steps before it. */
async function step(...steps: ['activate' | 'extend' | 'cancel', unknown][]): Promise<Reply<unknown>> {
  const { reservation_id: id } = await holdUnits(api, 106, 2);
  let reply: Reply<unknown> | undefined;
  for (const [name, body] of steps) reply = await api.step(PARTNER_A, id, name, body);
  if (!reply) throw new Error('no step was taken');
  return reply;
}

/** How each refusal comes about, with the facts of its example. */
const PROVOKED: Readonly<Record<ErrorCode, Ask>> = {
  malformed_request: () => reserve({ product_id: 106, quantity: 1.5 }),
  invalid_idempotency_key: () => reserve(ONE, PARTNER_A, { 'idempotency-key': 'x'.repeat(256) }),
  authentication_required: () => api.send('/api/ota/inventory'),
  invalid_api_key: () => api.inventory('wrong'),
  partner_suspended: async () => {
    await addPartner(database, 'resting');
    await addKey(database, 'resting', 'resting-key');
    await database.rows("UPDATE partners SET status = 'suspended' WHERE id = 'resting'");
    return api.inventory('resting-key');
  },
  scope_missing: () => reserve(ONE, READ_ONLY),
  product_not_found: () => api.desk(OPERATOR, 'GET products/999/allotment'),
  channel_not_found: () => change('PATCH channels/none', { name: 'x' }),
  partner_not_found: () => change('PATCH partners/none', {}),
  key_not_found: () => change('POST keys/999/revoke', {}),
  special_date_not_found: () => change('DELETE special-dates/2020-02-29', {}),
  already_exists: () => change('POST channels', { channel_id: 'ota', name: 'x' }),
  key_not_active: async () => {
    await addKey(database, 'partner-a', 'revoked-key');
    await changeKey(database, 'revoked-key', 'revoked_at = SYSDATE(6)');
    const [key] = await database.rows<{ id: number }>('SELECT id FROM api_keys WHERE revoked_at IS NOT NULL');
    return change(`POST keys/${key?.id ?? 0}/rotate`, {});
  },
  last_admin_key: () => change('PATCH partners/operator', { status: 'suspended' }),
  invalid_value: () => change('PATCH partners/partner-a', { quantity_max: 0 }),
  allocation_in_use: () => change('POST products/106/transfers', { from: 'ota', to: 'direct', units: 1900 }),
  allotment_changed: () => change('POST products/106/transfers', MOVE, { 'if-match': '"1.direct-1"' }),
  precondition_required: () => change('POST products/106/transfers', MOVE, {}),
  invalid_allotment: () => change('POST products/106/transfers', { ...MOVE, to: 'ota' }),
  not_found: () => api.get(PARTNER_A, '/api/ota/reservations/'),
  reservation_not_found: () => api.reservation(PARTNER_A, 'res_nope'),
  request_timeout: () => trickle(api.base),
  insufficient_inventory: () => reserve({ product_id: 106, quantity: 100_000 }),
  hold_limit_reached: async () => {
    await addPartner(database, 'limited');
    await addKey(database, 'limited', 'limited-key');
    await database.rows("UPDATE partners SET held_per_product_max = 10 WHERE id = 'limited'");
    await reserve({ ...ONE, quantity: 8 }, 'limited-key');
    return reserve({ ...ONE, quantity: 5 }, 'limited-key');
  },
  status_conflict: () => step(['cancel', {}], ['activate', {}]),
  step_differs: () => step(['activate', { quantity: 2 }], ['activate', { quantity: 1 }]),
  cutoff_passed: () => step(['activate', { visit_date: dayIn(0) }], ['cancel', {}]),
  gone: async () => (await boot({ RESERVATION_API: 'gone' })).api.reserve<unknown>(PARTNER_A, ONE),
  rate_limited: async () => {
    await addPartner(database, 'eager');
    await addKey(database, 'eager', 'eager-key');
    await database.rows("UPDATE partners SET requests_per_minute_max = 0 WHERE id = 'eager'");
    return (await boot({ RATE_LIMIT: 'on' })).api.inventory('eager-key');
  },
  payload_too_large: () => reserve({ ...ONE, filler: 'x'.repeat(70_000) }),
  uri_too_long: () => api.reservation(PARTNER_A, 'x'.repeat(101)),
  unsupported_media_type: () => reserve('x', PARTNER_A, { 'content-type': 'text/plain' }),
  headers_too_large: () => sendRaw(api.base, rawRequest('GET /', [`X-Large: ${'x'.repeat(20_000)}`])),
  unknown_product: () => reserve({ product_id: 999, quantity: 1 }),
  no_allocation: async () => {
    await addProducts(database, [109], { direct: 5 });
    return reserve({ product_id: 109, quantity: 1 });
  },
  quantity_out_of_range: () => reserve({ product_id: 107, quantity: 101 }),
  expiry_out_of_range: () => reserve({ ...ONE, reservation_expires_at: 'tomorrow' }),
  invalid_product_ids: () => api.inventory(PARTNER_A, '?product_ids=abc'),
  invalid_date_range: () => api.inventory(PARTNER_A, '?date_range=soon'),
  invalid_visit_date: () => step(['activate', { visit_date: '2020-01-01' }]),
  invalid_guests: () => step(['activate', { guests: [{ customer_type: 'vip', quantity: 2 }] }]),
  invalid_filter: () => api.reservations(PARTNER_A, '?limit=0'),
  invalid_text: () => step(['activate', { external_reference: 'x'.repeat(101) }]),
  idempotency_key_reused: async () => {
    await reserve(ONE, PARTNER_A, { 'idempotency-key': 'once' });
    return reserve({ ...ONE, quantity: 2 }, PARTNER_A, { 'idempotency-key': 'once' });
  },
  internal_error: async () => {
    await database.rows(
      `CREATE TRIGGER poison BEFORE INSERT ON channel_reservations FOR EACH ROW
       IF NEW.quantity = 13 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'poisoned'; END IF`,
    );
    return reserve({ ...ONE, quantity: 13 });
  },
  overloaded: async () => {
    await addProducts(database, [110], { ota: 5 });
    const busy = await boot({ QUEUE_DEPTH_MAX: '1', QUEUE_PARTNER_SHARE_PERCENT: '100' });
    const ask: Ask = () => busy.api.reserve<unknown>(PARTNER_A, { product_id: 110, quantity: 1 });
    const lock = await holdInventory(database, 110);
    const running = ask();
    await waitForLockWaits(database, 1);
    const [waiting, refused] = [ask(), ask()];
    const reply = await Promise.race([waiting, refused]);
    await lock.release();
    await Promise.all([running, waiting, refused]);
    return reply;
  },
  unavailable: async () => {
    const { api: remote, proxy } = await bootRemote();
    await proxy.goAway();
    return remote.reserve<unknown>(PARTNER_A, ONE).finally(() => proxy.comeBack());
  },
  shutting_down: async () => {
    const stopping = await boot();
    await stopping.app.get(RequestTracker).drain(0);
    return stopping.api.reserve<unknown>(PARTNER_A, ONE);
  },
  outcome_unknown: async () => {
    await addProducts(database, [111], { ota: 5 });
    const { api: remote, proxy } = await bootRemote();
    proxy.cutCommitAndGoAway('after');
    return remote.reserve<unknown>(PARTNER_A, { product_id: 111, quantity: 1 }).finally(() => proxy.comeBack());
  },
};

/** Those that a route which only reads words otherwise. */
const PROVOKED_READING = {
  malformed_request: () => api.inventory(PARTNER_A, '?productid=106'),
  scope_missing: async () => {
    await addKey(database, 'partner-b', 'writing-key', ['reservations:write']);
    return api.inventory('writing-key');
  },
  unavailable: async () => {
    const { api: remote, proxy } = await bootRemote();
    await proxy.goAway();
    return remote.inventory(PARTNER_A).finally(() => proxy.comeBack());
  },
} satisfies Partial<Record<ErrorCode, Ask>>;

/** Sends the head of a request and no end of it, until the server has had enough. */
async function trickle(base: string): Promise<Reply<unknown>> {
  const socket = openSocket(base);
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'close');
  const body: unknown = JSON.parse(text.slice(text.indexOf('\r\n\r\n')));
  return { status: Number(text.split(' ')[1]), headers: new Headers(), text, body };
}

/** All but what differs from one occurrence to the next: the instance, numbers and times. */
const worded = (problem: unknown): unknown =>
  JSON.parse(JSON.stringify({ ...(problem as Problem), instance: '' }).replaceAll(/\d+/g, '0'));

type Example = [at: string, value: Problem];

async function documented(base: Api): Promise<(code: ErrorCode, method: string) => Example[]> {
  const { body } = await base.send<Document>('/docs-json');
  return (code, only) =>
    Object.entries(body.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) =>
        Object.values(responses).flatMap(({ content }): Example[] => {
          const example = content?.['application/problem+json']?.examples[code];
          return example && method === only ? [[`${method} ${path}`, example.value]] : [];
        }),
      ),
    );
}

interface Document {
  readonly paths: Record<string, Record<string, { responses: Record<string, Response> }>>;
}
interface Response {
  readonly content?: Record<string, { readonly examples: Partial<Record<string, { value: Problem }>> }>;
}

describe('the example of', () => {
  let replies: Record<string, Promise<Reply<unknown>>>;
  beforeAll(() => {
    // Together, as some take their time.
    replies = Object.fromEntries([
      ...Object.entries(PROVOKED).map(([code, ask]) => [code, ask()] as const),
      ...Object.entries(PROVOKED_READING).map(([code, ask]) => [`${code}, reading`, ask()] as const),
    ]);
    for (const reply of Object.values(replies)) reply.catch(() => undefined); // told by its own test
  });

  const CHANGING = ['post', 'put', 'patch', 'delete'];
  const reads = Object.keys(PROVOKED_READING) as (keyof typeof PROVOKED_READING)[];
  const cases: [name: string, code: ErrorCode, methods: string[]][] = [
    ...ERROR_CODES.map((code): [string, ErrorCode, string[]] => [
      code,
      code,
      code in PROVOKED_READING ? CHANGING : ['get', ...CHANGING],
    ]),
    ...reads.map((code): [string, ErrorCode, string[]] => [`${code}, reading`, code, ['get']]),
  ];
  it.each(cases)('%s is what the service answers', async (name, code, methods) => {
    const reply = await replies[name];
    const of = await documented(
      code === 'gone' ? (apps.find(({ config }) => config.reservationApi === 'gone')?.api ?? api) : api,
    );
    const examples = methods.flatMap((method) => of(code, method));
    expect(examples.length).toBeGreaterThan(0);
    for (const [at, example] of examples)
      expect({ at, ...(worded(example) as object) }).toEqual({ at, ...(worded(reply?.body) as object) });
  });
});
