import { PARTNER_A } from '../support/app.js';
import { useDesk } from '../support/desk.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { range, tally } from '../support/stock.js';

const desk = useDesk();
afterEach(() => expectSound(desk.database));

const CRUISE = {
  name: 'Night cruise',
  currency: 'EUR',
  time_zone: 'Europe/Berlin',
  weekday_price: 19.9,
  sellable_cap: 50,
};

describe('a new product', () => {
  it('is on sale at once, with its split, prices, ledger and log', async () => {
    const { status, body } = await desk.ask('POST products', {
      product_id: 910,
      name: 'Night market cruise',
      currency: 'CNY',
      time_zone: 'Asia/Shanghai',
      cutoff_hours: 24,
      weekday_price: 288.5,
      weekend_price: 318,
      customer_discounts: { elderly: 50, child: 100.25 },
      sellable_cap: 5000,
      allocated: { ota: 2000, direct: 3000 },
      reason: 'New season',
    });
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        product_id: 910,
        name: 'Night market cruise',
        status: 'active',
        currency: 'CNY',
        time_zone: 'Asia/Shanghai',
        cutoff_hours: 24,
        weekday_price: 288.5,
        weekend_price: 318,
        customer_discounts: { child: 100.25, elderly: 50 },
        created_at: expect.any(String),
      },
    });
    expect((await desk.ask('GET products/910')).body).toEqual(body);
    expect(await desk.api.available(PARTNER_A, 910)).toBe(2000);
    const made = await desk.api.reserve(PARTNER_A, { product_id: 910, quantity: 3 });
    expect([made.status, made.body.pricing_snapshot]).toMatchObject([
      201,
      { base_price: 288.5, weekend_premium: 29.5 },
    ]);
    expect(
      await desk.database.rows(
        `SELECT seq, channel_id, kind, units, allocated, reserved, sold, actor LIKE 'key:%' AS known, reason
         FROM inventory_movements WHERE product_id = 910 AND kind = 'opened' ORDER BY seq`,
      ),
    ).toEqual([
      {
        seq: 1,
        channel_id: 'direct',
        kind: 'opened',
        units: 3000,
        allocated: 3000,
        reserved: 0,
        sold: 0,
        known: 1,
        reason: 'New season',
      },
      {
        seq: 2,
        channel_id: 'ota',
        kind: 'opened',
        units: 2000,
        allocated: 2000,
        reserved: 0,
        sold: 0,
        known: 1,
        reason: 'New season',
      },
    ]);
    expect(await desk.log('product', '910')).toMatchObject([
      {
        actor: expect.stringMatching(/^key:\d+$/),
        action: 'product.created',
        reason: 'New season',
        details: { weekday_price: 288.5, allocated: { direct: 3000, ota: 2000 } },
      },
    ]);
  });

  it('has all its units for own sales, and weekday prices at weekends, unless told otherwise', async () => {
    const { body } = await desk.ask('POST products', { ...CRUISE, product_id: 911 });
    expect(body).toMatchObject({ weekday_price: 19.9, weekend_price: 19.9, cutoff_hours: 0, customer_discounts: {} });
    const { body: allotment } = await desk.ask('GET products/911/allotment');
    expect(allotment).toMatchObject({ sellable_cap: 50, version: '50.direct-50' });
  });

  it('may have no units yet', async () => {
    expect((await desk.ask('POST products', { ...CRUISE, product_id: 912, sellable_cap: 0 })).status).toBe(201);
    expect((await desk.ask('GET products/912/allotment')).body).toMatchObject({ sellable_cap: 0 });
  });

  it('gets the next number, however many are made at once', async () => {
    const replies = await Promise.all(range(0, 8).map((n) => desk.ask('POST products', { ...CRUISE, name: `N ${n}` })));
    expect(tally(replies)).toEqual({ 201: 8 });
    const ids = replies.map(({ body }) => body['product_id'] as number).sort((a, b) => a - b);
    expect(ids).toEqual(range(ids[0] ?? 0, 8));
    expect(ids[0]).toBeGreaterThan(912);
  });

  it('is made once, whoever is first', async () => {
    const replies = await Promise.all(range(0, 6).map(() => desk.ask('POST products', { ...CRUISE, product_id: 930 })));
    expect(tally(replies)).toEqual({ 201: 1, 409: 5 });
    const refused = replies.find(({ status }) => status === 409);
    const { detail, errors } = expectProblem(
      await desk.ask('POST products', { ...CRUISE, product_id: 930 }),
      409,
      'already_exists',
    );
    expect([detail, errors]).toEqual([
      expect.stringContaining('product 930'),
      [{ pointer: '/product_id', detail: 'already taken' }],
    ]);
    expect(refused?.body).toMatchObject({ code: 'already_exists', detail });
    expect(await desk.log('product', '930')).toHaveLength(1);
  });

  it.each([
    [{ ...CRUISE, name: 5 }, '/name'],
    [{ ...CRUISE, product_id: 1.5 }, '/product_id'],
    [{ ...CRUISE, weekday_price: '19.90' }, '/weekday_price'],
    [{ ...CRUISE, weekend_price: null }, '/weekend_price'],
    [{ ...CRUISE, customer_discounts: [] }, '/customer_discounts'],
    [{ ...CRUISE, status: 'active' }, '/status'],
    [{ ...CRUISE, currency: undefined }, '/currency'],
    [{ ...CRUISE, allocated: { constructor: 5 } }, '/allocated/constructor'],
  ])('of the wrong shape is 400: %j', async (body, pointer) => {
    const { errors } = expectProblem(await desk.ask('POST products', body), 400, 'malformed_request');
    expect(errors?.map((fault) => fault.pointer)).toEqual([pointer]);
  });

  it.each([
    [{ product_id: 0 }, '/product_id must be a whole number from 1 to 2147483647'],
    [{ product_id: 2_147_483_648 }, '/product_id must be a whole number from 1 to 2147483647'],
    [{ name: ' ' }, '/name must not be blank'],
    [{ name: 'x'.repeat(201) }, '/name may have at most 200 characters'],
    [{ name: 'a\u0000b' }, '/name must be a text of one line, without control characters'],
    [{ name: 'a\ud800b' }, '/name must be a text of one line, without control characters'],
    [{ name: 'a\u202eb' }, '/name must be a text of one line, without control characters'],
    [{ currency: 'EURO' }, '/currency must be a currency of ISO 4217, such as EUR'],
    [{ currency: 'eur' }, '/currency must be a currency of ISO 4217, such as EUR'],
    [{ time_zone: 'Europe/Atlantis' }, '/time_zone must be a time zone of the IANA list, such as Asia/Shanghai'],
    [{ time_zone: '+02:00' }, '/time_zone must be a time zone of the IANA list, such as Asia/Shanghai'],
    [{ cutoff_hours: -1 }, '/cutoff_hours must be a whole number from 0 to 8760'],
    [{ weekday_price: 19.999 }, '/weekday_price must be a number from 0 to 99999999.99 with at most two decimals'],
    [{ weekday_price: -0.01 }, '/weekday_price must be a number from 0 to 99999999.99 with at most two decimals'],
    [{ weekend_price: 100_000_000 }, '/weekend_price must be a number from 0 to 99999999.99 with at most two decimals'],
    [
      { customer_discounts: { Child: 1 } },
      '/customer_discounts/Child must be 1 to 20 characters of a-z, 0-9, _ and -, the first a letter or digit',
    ],
    [
      { customer_discounts: { 'a/b': 1 } },
      '/customer_discounts/a~1b must be 1 to 20 characters of a-z, 0-9, _ and -, the first a letter or digit',
    ],
    [
      { customer_discounts: { child: null } },
      '/customer_discounts/child must be a number from 0 to 99999999.99 with at most two decimals',
    ],
    [{ sellable_cap: undefined }, '/sellable_cap must be sent, or allocated with the units of each channel'],
    [{ sellable_cap: -1 }, '/sellable_cap must be a whole number from 0 to 2147483647'],
    [{ allocated: {} }, '/allocated must name a channel at least'],
    [{ allocated: { direct: 49 } }, '/allocated must sum to sellable_cap, 50; it sums to 49'],
    [{ allocated: { direct: '50' } }, '/allocated/direct must be a whole number'],
    [{ allocated: { nobody: 50 } }, '/allocated/nobody must be a channel; GET /api/admin/channels lists them'],
    [{ allocated: { ключ: 50 } }, '/allocated/ключ must be a channel; GET /api/admin/channels lists them'],
    [
      { sellable_cap: undefined, allocated: { direct: 2_147_483_647, ota: 1 } },
      '/allocated may have at most 2147483647 units together',
    ],
  ])('with a bad value is 422 and says which: %j', async (change, fault) => {
    expect(await desk.faults('POST products', { ...CRUISE, ...change })).toContain(fault);
  });

  it('is told all that is wrong with it at once', async () => {
    const body = { ...CRUISE, name: '', currency: 'XX', weekday_price: -1, cutoff_hours: 9999 };
    expect(await desk.faults('POST products', body)).toHaveLength(4);
  });
});
