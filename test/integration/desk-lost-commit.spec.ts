import type { Reply } from '../support/api.js';
import { bootApp, type TestApp } from '../support/app.js';
import { type Cut, type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';

jest.setTimeout(90_000);

let database: TestDatabase;
let proxy: CuttingProxy;
let service: TestApp;

beforeAll(async () => {
  database = await demoDatabase();
  await addOperator(database);
  proxy = await startCuttingProxy(database.url);
  service = await bootApp(proxy.url);
});
afterEach(() => expectSound(database));
afterAll(async () => {
  await service.close();
  await proxy.close();
  await database.drop();
});

const SPLIT = { allocated: { direct: 10 } };
const CUTS: readonly Cut[] = ['before', 'after', 'late'];

/** Changes, each with a new thing, and what the log calls them. */
const CHANGES: readonly [route: string, body: (id: string) => object, action: string][] = [
  ['POST channels', (id) => ({ channel_id: id, name: id }), 'channel.created'],
  ['POST partners', (id) => ({ partner_id: id, name: id, channel_id: 'ota' }), 'partner.created'],
  ['POST partners/partner-a/keys', (id) => ({ label: id, scopes: ['inventory:read'] }), 'key.created'],
  [
    'POST products',
    (id) => ({ name: id, currency: 'EUR', time_zone: 'UTC', weekday_price: 5, sellable_cap: 5 }),
    'product.created',
  ],
  ['PATCH products/106', (id) => ({ name: id }), 'product.changed'],
];

describe.each(CUTS)('a connection cut with COMMIT (%s the server has it)', (how) => {
  it.each(CHANGES)('is one change: %s', async (route, body, action) => {
    const lines = async (): Promise<number> => {
      const [row] = await database.rows<{ n: number }>('SELECT COUNT(*) AS n FROM desk_log WHERE action = ?', [action]);
      return row?.n ?? 0;
    };
    const [before, cuts] = [await lines(), proxy.cuts];
    proxy.cutCommits(how);
    const reply: Reply = await service.api.desk(OPERATOR, route as 'POST x', body(`cut-${how}`));
    expect(proxy.cuts).toBe(cuts + 1);
    expect([reply.status, reply.body]).toEqual([route.startsWith('POST') ? 201 : 200, expect.any(Object)]);
    expect(await lines()).toBe(before + 1);
    const { secret } = reply.body;
    if (typeof secret === 'string') expect((await service.api.inventory(secret)).status).toBe(200);
  });
});

describe('a database that stays away after COMMIT', () => {
  it('leaves an operator in doubt, who is told where to look', async () => {
    const asked: readonly (readonly [route: string, body: object, headers: Record<string, string>, where: string])[] = [
      ['PATCH products/107', { name: 'in doubt' }, {}, 'GET /api/admin/log'],
      ['PUT products/106/allotment', SPLIT, { 'if-match': '*' }, 'GET /api/admin/products/106/allotment'],
      ['PUT products/108/allotment', SPLIT, { 'if-match': '*', 'idempotency-key': 'doubt-1' }, 'same Idempotency-Key'],
    ];
    await Promise.all(
      asked.map(async ([route, body, headers, where]) => {
        const own = await startCuttingProxy(database.url);
        const remote = await bootApp(own.url);
        own.cutCommitAndGoAway('after');
        const reply: Reply = await remote.api.desk(OPERATOR, route as 'POST x', body, headers);
        await own.comeBack();
        await remote.close();
        await own.close();
        expect(expectProblem(reply, 504, 'outcome_unknown').detail).toContain(where);
      }),
    );
  });
});
