import type { Reply } from '../support/api.js';
import { OWN_SHOP, PARTNER_A } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { holdUnits } from '../support/life.js';
import { expectSound } from '../support/soundness.js';

const demo = useDemoService();
afterEach(() => expectSound(demo.database));

const PATH = '/api/ota/inventory?product_ids=106';

const look = (ifNoneMatch?: string, path = PATH, key = PARTNER_A): Promise<Reply> =>
  demo.api.get(key, path, ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch });

async function etagOf(path = PATH, key = PARTNER_A): Promise<string> {
  const etag = (await look(undefined, path, key)).headers.get('etag');
  expect(etag).toMatch(/^"[\w-]{20,}"$/);
  return etag ?? '';
}

describe('the inventory’s validator', () => {
  it('comes with 200, and may be kept by the client alone, if it asks again', async () => {
    const reply = await look();
    expect(reply.status).toBe(200);
    expect(reply.headers.get('etag')).toMatch(/^"[\w-]{20,}"$/);
    expect(reply.headers.get('cache-control')).toBe('private, no-cache');
    expect(await etagOf()).toBe(reply.headers.get('etag'));
  });

  it('gets 304 without a body and with the same ETag while nothing has changed', async () => {
    const etag = await etagOf();
    const reply = await look(etag);
    expect({ status: reply.status, text: reply.text }).toEqual({ status: 304, text: '' });
    expect(reply.headers.get('etag')).toBe(etag);
    expect(reply.headers.get('cache-control')).toBe('private, no-cache');
    expect(reply.headers.get('content-type')).toBeNull();
    expect(reply.headers.get('x-request-id')).toMatch(/\S/);
  });

  it('comes with HEAD, too, which has no 304', async () => {
    for (const tag of ['"other"', '*', await etagOf()]) {
      const headers = { 'x-api-key': PARTNER_A, 'if-none-match': tag };
      const reply = await demo.api.send(PATH, { method: 'HEAD', headers });
      expect({ status: reply.status, text: reply.text }).toEqual({ status: 200, text: '' });
      expect(reply.headers.get('etag')).toBe(await etagOf());
    }
  });

  it.each([
    ['*', (_: string) => '*'],
    ['a weak tag', (etag: string) => `W/${etag}`],
    ['a list', (etag: string) => `"one", ${etag}, "two"`],
    ['a list of weak tags without spaces', (etag: string) => `W/"one",W/${etag}`],
  ])('is known from %s', async (_, written) => {
    expect((await look(written(await etagOf()))).status).toBe(304);
  });

  it.each(['"other"', 'W/"other"', '""', 'nonsense', '"a", "b"', '"*"'])('is not %s', async (tag) => {
    const reply = await look(tag);
    expect(reply.status).toBe(200);
    expect(reply.body).toHaveProperty('available_quantities');
  });

  it('needs its quotes', async () => {
    expect((await look((await etagOf()).replaceAll('"', ''))).status).toBe(200);
  });

  it('changes with a hold, a sale in part and a new price, and not with a hold of another product', async () => {
    const first = await etagOf();
    const { reservation_id: id } = await holdUnits(demo.api, 106, 3);
    expect((await look(first)).status).toBe(200);
    const second = await etagOf();
    expect(second).not.toBe(first);
    await holdUnits(demo.api, 107, 1);
    expect((await look(second)).status).toBe(304);
    await demo.api.step(PARTNER_A, id, 'activate', { quantity: 1 });
    expect(await etagOf()).not.toBe(second);
    await demo.database.rows('UPDATE products SET weekend_price = weekend_price + 1 WHERE id = 106');
    expect((await look(second)).status).toBe(200);
    const third = await etagOf();
    await demo.api.step(PARTNER_A, id, 'cancel');
    expect(await etagOf()).not.toBe(third);
  });

  it('is that of the units, whichever way they came back', async () => {
    const before = await etagOf();
    const { reservation_id: id } = await holdUnits(demo.api, 106, 3);
    await demo.api.step(PARTNER_A, id, 'cancel');
    expect((await look(before)).status).toBe(304);
  });

  it('differs by question and channel', async () => {
    const tags = [await etagOf(), await etagOf('/api/ota/inventory'), await etagOf(PATH, OWN_SHOP)];
    expect(new Set(tags).size).toBe(3);
  });

  it('spares nobody the key', async () => {
    expect((await look(await etagOf(), PATH, 'wrong')).status).toBe(401);
    expect((await look('*', '/api/ota/inventory?product_ids=x')).status).toBe(422);
  });
});

describe('everything else', () => {
  const post = (body: unknown): Promise<Reply> => demo.api.reserve<Record<string, unknown>>(PARTNER_A, body);

  it.each<[string, number, () => Promise<Reply>]>([
    ['a reservation', 201, () => post({ product_id: 106, quantity: 1 })],
    ['a refusal', 422, () => post({ product_id: 999, quantity: 1 })],
    ['a malformed request', 400, () => post('{')],
    ['the list', 200, () => demo.api.get(PARTNER_A, '/api/ota/reservations')],
    ['one reservation', 200, () => demo.api.get(PARTNER_A, '/api/ota/reservations/res_demo_1')],
    ['no reservation', 404, () => demo.api.get(PARTNER_A, '/api/ota/reservations/res_nope')],
    ['a quote', 200, () => demo.api.get(PARTNER_A, '/api/ota/quote?product_id=106&guests=adult:1')],
    ['inventory’s refusals', 422, () => demo.api.get(PARTNER_A, '/api/ota/inventory?product_ids=x')],
    ['no key', 401, () => demo.api.send('/api/ota/inventory')],
    ['no route', 404, () => demo.api.send('/nope')],
    ['a bad URL', 400, () => demo.api.send('/%zz')],
    ['liveness', 200, () => demo.api.send('/health/live')],
    ['readiness', 200, () => demo.api.send('/health/ready')],
    ['the document', 200, () => demo.api.send('/docs-json')],
  ])('%s is not kept, and has no validator', async (_, status, ask) => {
    const reply = await ask();
    expect(reply.status).toBe(status);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(reply.headers.get('etag')).toBeNull();
  });

  it('answers If-None-Match: * as if it were not there', async () => {
    const reply = await look('*', '/api/ota/reservations');
    expect(reply.status).toBe(200);
  });
});
