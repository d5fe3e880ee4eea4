import { type AllotmentAnswer, allotmentState, ANY, etagOf, type Route } from '../support/allotment.js';
import type { Reply } from '../support/api.js';
import { bootApp, OWN_SHOP, PARTNER_A, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { holdUnits } from '../support/life.js';
import { addKey, addPartner } from '../support/partners.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, makeOverdue } from '../support/stock.js';

let database: TestDatabase;
let service: TestApp;

beforeAll(async () => {
  database = await demoDatabase();
  await addOperator(database);
  await database.rows("INSERT INTO channels (id, name) VALUES ('cruise', 'Cruises')");
  await addPartner(database, 'sailor', { channel: 'cruise' });
  await addKey(database, 'sailor', 'sailor-key');
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

const ledgerOf = (productId: number): Promise<Record<string, unknown>[]> =>
  database.rows(
    `SELECT m.seq, m.channel_id, m.kind, m.units, m.reason, m.allocated, p.partner_id AS asked_by
     FROM inventory_movements m LEFT JOIN api_keys p ON m.actor = CONCAT('key:', p.id)
     WHERE m.product_id = ? AND m.kind <> 'opened' ORDER BY m.seq`,
    [productId],
  );

describe('the allotment of a product', () => {
  beforeAll(() => addProducts(database, [901], { direct: 30, ota: 20 }));

  it('is read with its version', async () => {
    const reply = await ask('GET products/901/allotment');
    expect({ status: reply.status, etag: etagOf(reply) }).toEqual({ status: 200, etag: '"50.direct-30.ota-20"' });
    expect(reply.body).toEqual({
      product_id: 901,
      sellable_cap: 50,
      version: '50.direct-30.ota-20',
      channels: [
        { channel_id: 'direct', allocated: 30, reserved: 0, sold: 0, free: 30 },
        { channel_id: 'ota', allocated: 20, reserved: 0, sold: 0, free: 20 },
      ],
    });
  });

  it('keeps its version while partners hold and sell', async () => {
    const before = etagOf(await ask('GET products/901/allotment'));
    const { reservation_id: id } = await holdUnits(service.api, 901, 3);
    await service.api.step(PARTNER_A, id, 'activate', { quantity: 2 });
    const reply = await ask('GET products/901/allotment');
    expect(etagOf(reply)).toBe(before);
    expect(reply.body.channels[1]).toEqual({ channel_id: 'ota', allocated: 20, reserved: 0, sold: 2, free: 18 });
  });

  it.each([
    'products/99999/allotment',
    'products/0/allotment',
    'products/abc/allotment',
    'products/99999999999/allotment',
  ])('is not found at %s', async (path) => {
    expect((await ask(`GET ${path}`)).body).toMatchObject({ status: 404, code: 'product_not_found' });
  });
});

describe('a transfer', () => {
  beforeAll(() => addProducts(database, [902], { direct: 30, ota: 20 }));
  const transfer = { from: 'ota', to: 'direct', units: 5, reason: 'not selling' };

  it('moves units at once; what is held and sold stays, and the ledger says who did it and why', async () => {
    await holdUnits(service.api, 902, 15);
    const reply = await change('POST products/902/transfers', transfer, { 'if-match': '"50.direct-30.ota-20"' });
    expect({ status: reply.status, etag: etagOf(reply) }).toEqual({ status: 200, etag: '"50.direct-35.ota-15"' });
    expect(reply.body).toEqual({
      dry_run: false,
      changes: [
        {
          channel_id: 'ota',
          units: -5,
          before: { allocated: 20, reserved: 15, sold: 0, free: 5 },
          after: { allocated: 15, reserved: 15, sold: 0, free: 0 },
        },
        {
          channel_id: 'direct',
          units: 5,
          before: { allocated: 30, reserved: 0, sold: 0, free: 30 },
          after: { allocated: 35, reserved: 0, sold: 0, free: 35 },
        },
      ],
      allotment: (await ask('GET products/902/allotment')).body,
    });
    const by = { reason: 'not selling', asked_by: 'operator' };
    expect((await ledgerOf(902)).slice(1)).toEqual([
      { seq: 4, channel_id: 'ota', kind: 'deallocated', units: 5, allocated: 15, ...by },
      { seq: 5, channel_id: 'direct', kind: 'allocated', units: 5, allocated: 35, ...by },
    ]);
    expect(await service.api.available(OWN_SHOP, 902)).toBe(35);
    expect(await service.api.available(PARTNER_A, 902)).toBe(0);
  });

  it('of more than is free is refused, and says by how much', async () => {
    const before = await state(902);
    const { body } = await change('POST products/902/transfers', transfer);
    expect(body).toMatchObject({
      status: 409,
      code: 'allocation_in_use',
      product_id: 902,
      requested: 5,
      available: 0,
      detail: expect.stringContaining('0 units, 5 fewer than 5') as string,
    });
    expect(await state(902)).toEqual(before);
  });

  it('takes units of holds that are overdue, of as many as it needs', async () => {
    await addProducts(database, [903], { direct: 1, ota: 12 });
    const first = await holdUnits(service.api, 903, 4);
    const second = await holdUnits(service.api, 903, 4);
    await makeOverdue(database, [903]);
    await holdUnits(service.api, 903, 2);
    const tried = await change('POST products/903/transfers?dry_run=true', { from: 'ota', to: 'direct', units: 5 });
    const { status, body } = await change('POST products/903/transfers', { from: 'ota', to: 'direct', units: 5 });
    expect({ status, body }).toEqual({ status: 200, body: { ...(tried.body as object), dry_run: false } });
    const rows = await database.rows('SELECT reservation_id, status FROM channel_reservations WHERE product_id = 903');
    expect(rows).toEqual(
      expect.arrayContaining([
        { reservation_id: first.reservation_id, status: 'expired' },
        { reservation_id: second.reservation_id, status: 'active' },
      ]),
    );
    const more = await change('POST products/903/transfers', { from: 'ota', to: 'direct', units: 6 });
    expect(more.body).toMatchObject({ code: 'allocation_in_use', requested: 6, available: 5 });
  });

  it('gives a channel its first units, which are then on sale there', async () => {
    const before = await service.api.reserve('sailor-key', { product_id: 902, quantity: 1 });
    expect(before.body).toMatchObject({ code: 'no_allocation' });
    await change('POST products/902/transfers', { from: 'direct', to: 'cruise', units: 2 });
    expect(await service.api.available('sailor-key', 902)).toBe(2);
    expect((await service.api.reserve('sailor-key', { product_id: 902, quantity: 2 })).status).toBe(201);
    const { body } = await change('POST products/902/transfers', { from: 'cruise', to: 'direct', units: 1 });
    expect(body).toMatchObject({ code: 'allocation_in_use', available: 0 });
  });
});

describe('the cap', () => {
  beforeAll(() => addProducts(database, [904], { direct: 30, ota: 20 }));
  const route = 'PUT products/904/sellable-cap';

  it.each([
    ['is raised, for own sales', { sellable_cap: 60 }, '60.direct-40.ota-20'],
    ['is lowered, at a channel', { sellable_cap: 55, channel_id: 'ota' }, '55.direct-40.ota-15'],
    [
      'is raised for a channel that had nothing',
      { sellable_cap: 58, channel_id: 'cruise' },
      '58.cruise-3.direct-40.ota-15',
    ],
    ['stays', { sellable_cap: 58 }, '58.cruise-3.direct-40.ota-15'],
    ['may be the most there is', { sellable_cap: 2_147_483_647 }, '2147483647.cruise-3.direct-2147483629.ota-15'],
    ['may be no more than two channels have', { sellable_cap: 18 }, '18.cruise-3.direct-0.ota-15'],
  ])('%s', async (_, body, version) => {
    const reply = await change(route, body);
    expect({ status: reply.status, etag: etagOf(reply) }).toEqual({ status: 200, etag: `"${version}"` });
    const [row] = await database.rows('SELECT sellable_cap FROM product_inventory WHERE product_id = 904');
    expect(row).toEqual({ sellable_cap: body.sellable_cap });
  });

  it('is not lowered below what its channel can give', async () => {
    const { body } = await change(route, { sellable_cap: 10, channel_id: 'ota' });
    expect(body.allotment).toMatchObject({ version: '10.cruise-3.direct-0.ota-7' });
    await holdUnits(service.api, 904, 4);
    const before = await state(904);
    expect((await change(route, { sellable_cap: 6, channel_id: 'ota' })).body).toMatchObject({
      code: 'allocation_in_use',
      requested: 4,
      available: 3,
    });
    expect(await state(904)).toEqual(before);
  });
});

describe('an allocation', () => {
  beforeAll(() => addProducts(database, [905], { direct: 30, ota: 20 }));

  it('says what channels have; the rest keep theirs, and the cap is the sum', async () => {
    const { body } = await change('PUT products/905/allotment', {
      allocated: { ota: 25, cruise: 1 },
      reason: 'summer',
    });
    expect(body).toMatchObject({ allotment: { sellable_cap: 56, version: '56.cruise-1.direct-30.ota-25' } });
    expect(
      (await ledgerOf(905)).map(({ channel_id, kind, units, reason }) => [channel_id, kind, units, reason]),
    ).toEqual([
      ['cruise', 'allocated', 1, 'summer'],
      ['ota', 'allocated', 5, 'summer'],
    ]);
  });

  it('may be lowered to what is in use', async () => {
    await holdUnits(service.api, 905, 4);
    const { body } = await change('PUT products/905/allotment', { allocated: { ota: 3 } });
    expect(body).toMatchObject({ code: 'allocation_in_use', requested: 22, available: 21 });
    expect((await change('PUT products/905/allotment', { allocated: { ota: 4 } })).status).toBe(200);
  });
});

describe('trying a change', () => {
  it.each<[Route, number, object]>([
    ['PUT products/906/sellable-cap', 906, { sellable_cap: 99 }],
    ['PUT products/907/allotment', 907, { allocated: { ota: 16, cruise: 3 } }],
    ['POST products/908/transfers', 908, { from: 'ota', to: 'direct', units: 9 }],
    ['POST products/909/transfers', 909, { from: 'ota', to: 'direct', units: 99 }],
  ])('%s changes nothing, and answers what then happens', async (route, productId, body) => {
    await addProducts(database, [productId], { direct: 30, ota: 20 });
    await holdUnits(service.api, productId, 6);
    await makeOverdue(database, [productId]);
    const before = await state(productId);
    const tried = await change(`${route}?dry_run=true` as Route, body, {
      ...ANY,
      'idempotency-key': `try ${productId}`,
    });
    expect(await state(productId)).toEqual(before);
    // What a change would be sent with now: the ETag of the answer.
    const etag = etagOf(tried) ?? '*';
    expect(etag).toBe(tried.status === 200 ? '"50.direct-30.ota-20"' : '*');
    const done = await change(route, body, { 'if-match': etag, 'idempotency-key': `try ${productId}` });
    expect(done.status).toBe(tried.status);
    if (done.status === 200) expect(done.body).toEqual({ ...(tried.body as object), dry_run: false });
    else expect(done.body.detail).toBe(tried.body.detail);
    expect(tried.status === 200 && tried.body.dry_run).toBe(tried.status === 200);
  });
});
