import { type AllotmentAnswer, allotmentState, ANY, etagOf, type Route } from '../support/allotment.js';
import type { Problem, Reply } from '../support/api.js';
import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

let database: TestDatabase;
let service: TestApp;

beforeAll(async () => {
  database = await demoDatabase();
  await addOperator(database);
  service = await bootApp(database.url);
});
afterEach(() => expectSound(database));
afterAll(async () => {
  await service.close();
  await database.drop();
});

type Answer = Reply<AllotmentAnswer>;

const ask = (route: Route, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
  service.api.desk<AllotmentAnswer>(OPERATOR, route, body, headers);
const change = (route: Route, body: unknown, headers: Record<string, string> = ANY): Promise<Answer> =>
  ask(route, body, headers);
const state = (productId: number): Promise<unknown> => allotmentState(database, productId);

describe('If-Match', () => {
  beforeAll(() => addProducts(database, [910], { direct: 30, ota: 20 }));
  const body = { from: 'ota', to: 'direct', units: 1 };

  it('must be sent', async () => {
    for (const headers of [{}, { 'if-match': ' ' }]) {
      const reply = await change('POST products/910/transfers', body, headers);
      expect(reply.body).toMatchObject({ status: 428, code: 'precondition_required' });
    }
  });

  it('lets one of two that read the same change it', async () => {
    const etag = etagOf(await ask('GET products/910/allotment')) ?? '';
    const replies = await Promise.all(
      [1, 2].map(() => change('POST products/910/transfers', body, { 'if-match': etag })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 412]);
    const [lost] = replies.filter(({ status }) => status === 412);
    expect(lost?.body).toMatchObject({ code: 'allotment_changed', product_id: 910 });
    expect(lost?.body.detail).toContain('"50.direct-31.ota-19"');
  });

  it.each(['W/"50.direct-31.ota-19"', '"50.direct-31.ota-19x"', '""'])('%s is no version of it', async (version) => {
    expect((await change('POST products/910/transfers', body, { 'if-match': version })).status).toBe(412);
  });
});

describe('an Idempotency-Key', () => {
  beforeAll(() => addProducts(database, [911], { direct: 30, ota: 20 }));
  const body = { from: 'ota', to: 'direct', units: 5 };

  it('does a change once, and answers the same when the allotment has changed since', async () => {
    const headers = { 'if-match': '"50.direct-30.ota-20"', 'idempotency-key': 'move five' };
    const first = await change('POST products/911/transfers', body, headers);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    await change('PUT products/911/sellable-cap', { sellable_cap: 40 });
    const again = await change('POST products/911/transfers', body, headers);
    expect({ status: again.status, text: again.text, replayed: again.headers.get('idempotency-replayed') }).toEqual({
      status: 200,
      text: first.text,
      replayed: 'true',
    });
    expect((await ask('GET products/911/allotment')).body.version).toBe('40.direct-25.ota-15');
  });

  it('is for one change of one product', async () => {
    const headers = { ...ANY, 'idempotency-key': 'move five' };
    const other = { ...body, units: 4 };
    expect((await change('POST products/911/transfers', other, headers)).body.code).toBe('idempotency_key_reused');
    expect((await change('POST products/910/transfers', body, headers)).body.code).toBe('idempotency_key_reused');
  });

  it('is not used up by a refusal', async () => {
    const headers = { ...ANY, 'idempotency-key': 'too many' };
    expect((await change('POST products/911/transfers', { ...body, units: 16 }, headers)).status).toBe(409);
    expect((await change('POST products/911/transfers', { ...body, units: 1 }, headers)).status).toBe(200);
  });
});

describe('a change that makes no sense', () => {
  beforeAll(() => addProducts(database, [912], { direct: 30, ota: 20 }));
  const [cap, all, move]: Route[] = [
    'PUT products/912/sellable-cap',
    'PUT products/912/allotment',
    'POST products/912/transfers',
  ];

  it.each<[Route | undefined, object, number, string, string]>([
    [cap, {}, 400, 'malformed_request', '/sellable_cap'],
    [cap, { sellable_cap: '60' }, 400, 'malformed_request', '/sellable_cap'],
    [cap, { sellable_cap: 60.5 }, 400, 'malformed_request', '/sellable_cap'],
    [cap, { sellable_cap: -1 }, 422, 'invalid_allotment', '/sellable_cap'],
    [cap, { sellable_cap: 2_147_483_648 }, 422, 'invalid_allotment', '/sellable_cap'],
    [cap, { sellable_cap: 1e300 }, 422, 'invalid_allotment', '/sellable_cap'],
    [cap, { sellable_cap: 60, channel_id: 'moon' }, 422, 'invalid_allotment', '/channel_id'],
    [cap, { sellable_cap: 60, channel_id: null }, 400, 'malformed_request', '/channel_id'],
    [cap, { sellable_cap: 60, reason: 'x'.repeat(501) }, 422, 'invalid_text', '/reason'],
    [cap, { sellable_cap: 60, because: 'x' }, 400, 'malformed_request', '/because'],
    [all, { allocated: {} }, 422, 'invalid_allotment', '/allocated'],
    [all, { allocated: [1] }, 400, 'malformed_request', '/allocated'],
    [all, { allocated: { ota: '5' } }, 400, 'malformed_request', '/allocated/ota'],
    [all, { allocated: { ota: null } }, 400, 'malformed_request', '/allocated/ota'],
    [all, { allocated: { ota: { units: 5 } } }, 400, 'malformed_request', '/allocated/ota'],
    [all, { allocated: { ota: -5 } }, 422, 'invalid_allotment', '/allocated/ota'],
    [all, { allocated: { ota: 1e10 } }, 422, 'invalid_allotment', '/allocated/ota'],
    [all, { allocated: { 'a/b~c': 5 } }, 422, 'invalid_allotment', '/allocated/a~1b~0c'],
    [all, { allocated: { OTA: 5 } }, 422, 'invalid_allotment', '/allocated/OTA'],
    [all, { allocated: { 'ota ': 5 } }, 422, 'invalid_allotment', '/allocated/ota '],
    [all, { allocated: { óta: 5, '\u{1f6a2}': 1 } }, 422, 'invalid_allotment', '/allocated/óta'],
    [all, { allocated: { constructor: 5 } }, 400, 'malformed_request', '/allocated/constructor'],
    [move, { from: 'ota', to: 'ota', units: 1 }, 422, 'invalid_allotment', '/to'],
    [move, { from: 'ota', to: 'moon', units: 1 }, 422, 'invalid_allotment', '/to'],
    [move, { from: '\ud800', to: 'ota', units: 1 }, 422, 'invalid_allotment', '/from'],
    [move, { from: "' OR 1=1 --", to: 'ota', units: 1 }, 422, 'invalid_allotment', '/from'],
    [move, { from: 'x'.repeat(5_000), to: 'ota', units: 1 }, 422, 'invalid_allotment', '/from'],
    [move, { from: 'ota', to: 'direct', units: 0 }, 422, 'invalid_allotment', '/units'],
    [move, { from: 'ota', to: 'direct', units: 1e16 }, 422, 'invalid_allotment', '/units'],
    [move, { from: 'ota', to: 'direct' }, 400, 'malformed_request', '/units'],
    [move, { from: 5, to: 'direct', units: 1 }, 400, 'malformed_request', '/from'],
  ])('%s %j is told where', async (route = 'PUT ', body, status, code, pointer) => {
    const before = await state(912);
    const reply = await change(route, body);
    expect({ status: reply.status, code: reply.body.code }).toEqual({ status, code });
    expect(reply.body.errors).toContainEqual(expect.objectContaining({ pointer }));
    expect(await state(912)).toEqual(before);
  });

  it('for all channels together is told the most there may be', async () => {
    const { body } = await change('PUT products/912/allotment', { allocated: { ota: 2_147_483_647 } });
    expect(body).toMatchObject({ status: 422, code: 'invalid_allotment', limit: 2_147_483_647 });
    const most = { from: 'direct', to: 'ota', units: 2_147_483_647 };
    expect((await change('POST products/912/transfers', most)).body).toMatchObject({ status: 409, available: 30 });
  });

  it.each<[string, string]>([
    ['dry_run', 'yes'],
    ['dryrun', 'true'],
  ])('is told of ?%s=%s', async (name, value) => {
    const { body } = await change(`POST products/912/transfers?${name}=${value}`, {
      from: 'ota',
      to: 'direct',
      units: 1,
    });
    expect(body).toMatchObject({ status: 400, errors: [{ parameter: name }] });
  });

  it.each<Route>(['PUT products/99999/sellable-cap', 'PUT products/0/sellable-cap', 'PUT products/x/sellable-cap'])(
    '%s has no such product',
    async (route) => {
      expect((await change(route, { sellable_cap: 1 })).body).toMatchObject({ status: 404, code: 'product_not_found' });
    },
  );

  it("is not a partner's to ask for", async () => {
    const { body } = await service.api.desk<Problem>(
      PARTNER_A,
      'PUT products/912/sellable-cap',
      { sellable_cap: 1 },
      ANY,
    );
    expect(body).toMatchObject({ status: 403, code: 'scope_missing' });
  });
});
