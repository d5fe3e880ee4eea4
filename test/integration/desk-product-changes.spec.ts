import { PARTNER_A } from '../support/app.js';
import { useDesk } from '../support/desk.js';
import { hold, waitForLockWaits } from '../support/locks.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { tally } from '../support/stock.js';

const desk = useDesk();
afterEach(() => expectSound(desk.database));

const CRUISE = {
  name: 'Night cruise',
  currency: 'EUR',
  time_zone: 'Europe/Berlin',
  weekday_price: 19.9,
  sellable_cap: 50,
};

describe('a price', () => {
  it('as dear as it may be can be sold, on the dearest day, in the largest request', async () => {
    await desk.ask('POST products', {
      ...CRUISE,
      product_id: 940,
      weekday_price: 99_999_999.99,
      sellable_cap: 1000,
      allocated: { ota: 1000 },
    });
    await desk.ask('PUT special-dates/2031-01-01', { multiplier: 10 });
    await desk.ask('PATCH partners/partner-a', { quantity_max: 1000 });
    const { body } = await desk.api.reserve(PARTNER_A, { product_id: 940, quantity: 1000 });
    const sold = await desk.api.step(PARTNER_A, body.reservation_id, 'activate', { visit_date: '2031-01-01' });
    expect([sold.status, sold.body.order?.total_amount]).toEqual([200, 999_999_999_900]);
    await desk.ask('PATCH partners/partner-a', { quantity_max: 100 });
  });

  it('that is changed holds for whatever is held from then on', async () => {
    const before = await desk.api.reserve(PARTNER_A, { product_id: 106, quantity: 1 });
    const { status, body } = await desk.ask('PATCH products/106', {
      weekday_price: 300.05,
      customer_discounts: { student: null, child: 101, vip: 5 },
      reason: 'Season',
    });
    expect([status, body]).toMatchObject([
      200,
      { weekday_price: 300.05, weekend_price: 318, customer_discounts: { child: 101, elderly: 50, vip: 5 } },
    ]);
    const after = await desk.api.reserve(PARTNER_A, { product_id: 106, quantity: 1 });
    expect([before, after].map((reply) => reply.body.pricing_snapshot['base_price'])).toEqual([288, 300.05]);
    expect(await desk.log('product', '106')).toMatchObject([
      {
        action: 'product.changed',
        reason: 'Season',
        details: {
          weekday_price: { from: 288, to: 300.05 },
          customer_discounts: {
            from: { child: 100, elderly: 50, student: 50 },
            to: { child: 101, elderly: 50, vip: 5 },
          },
        },
      },
    ]);
  });
});

describe('two operators', () => {
  it('who change different members of one product at once both have their way', async () => {
    const replies = await Promise.all([
      desk.ask('PATCH products/107', { name: 'Renamed' }),
      desk.ask('PATCH products/107', { weekday_price: 401 }),
      desk.ask('PATCH products/107', { customer_discounts: { child: 151 } }),
      desk.ask('PATCH products/107', { customer_discounts: { vip: 7 } }),
    ]);
    expect(tally(replies)).toEqual({ 200: 4 });
    expect((await desk.ask('GET products/107')).body).toMatchObject({
      name: 'Renamed',
      weekday_price: 401,
      weekend_price: 428,
      customer_discounts: { child: 151, vip: 7, family: 100, elderly: 75 },
    });
    expect(await desk.log('product', '107')).toHaveLength(4);
  });
});

describe('a retired product', () => {
  it('is sold no more, from the moment at which it is said, and may come back', async () => {
    await desk.ask('POST products', { ...CRUISE, product_id: 950, allocated: { ota: 50 } });
    expect((await desk.api.reserve(PARTNER_A, { product_id: 950, quantity: 1 })).status).toBe(201);
    expect((await desk.ask('PATCH products/950', { status: 'retired' })).body).toMatchObject({ status: 'retired' });
    expectProblem(await desk.api.reserve(PARTNER_A, { product_id: 950, quantity: 1 }), 422, 'unknown_product');
    await desk.ask('PATCH products/950', { status: 'active' });
    expect((await desk.api.reserve(PARTNER_A, { product_id: 950, quantity: 1 })).status).toBe(201);
    expect((await desk.log('product', '950')).map(({ action }) => action)).toEqual([
      'product.resumed',
      'product.retired',
      'product.created',
    ]);
  });

  it('waits for the holds that are being made', async () => {
    await desk.ask('POST products', { ...CRUISE, product_id: 951, allocated: { ota: 50 } });
    const lock = await hold(desk.database, 'SELECT 1 FROM product_inventory WHERE product_id = 951 FOR UPDATE');
    const retiring = desk.ask('PATCH products/951', { status: 'retired' });
    await waitForLockWaits(desk.database, 1);
    await lock.release();
    expect((await retiring).status).toBe(200);
  });
});

describe('a change of a product', () => {
  it('that changes nothing leaves no trace', async () => {
    const { status, body } = await desk.ask('PATCH products/108', {
      name: 'Sunset dinner cruise package',
      cutoff_hours: 48,
    });
    expect([status, body]).toMatchObject([200, { product_id: 108 }]);
    expect((await desk.ask('PATCH products/108', {})).status).toBe(200);
    expect(await desk.log('product', '108')).toEqual([]);
  });

  it.each([
    [{ status: 'gone' }, '/status must be one of active, retired'],
    [{ weekday_price: 1.005 }, '/weekday_price must be a number from 0 to 99999999.99 with at most two decimals'],
    [
      { customer_discounts: { child: '5' } },
      '/customer_discounts/child must be a number from 0 to 99999999.99 with at most two decimals',
    ],
  ])('with a bad value is 422 and changes nothing: %j', async (body, fault) => {
    const before = await desk.ask('GET products/108');
    expect(await desk.faults('PATCH products/108', { name: 'Other', ...body })).toEqual([fault]);
    expect((await desk.ask('GET products/108')).body).toEqual(before.body);
  });

  it.each([{ currency: 'USD' }, { time_zone: 'UTC' }, { sellable_cap: 5 }, { product_id: 5 }])(
    'that would be of what sales rest on is 400: %j',
    async (body) => {
      expectProblem(await desk.ask('PATCH products/108', body), 400, 'malformed_request');
    },
  );

  it.each(['0', '999', 'abc', '2147483648', '1.5'])('to what does not exist is 404: %s', async (id) => {
    expectProblem(await desk.ask(`PATCH products/${id}`, { name: 'x' }), 404, 'product_not_found');
    expectProblem(await desk.ask(`GET products/${id}`), 404, 'product_not_found');
  });

  it('has a reason that fits', async () => {
    expectProblem(await desk.ask('PATCH products/108', { reason: 'x'.repeat(501) }), 422, 'invalid_text');
  });
});
