import type { Inventory, Problem } from '../support/api.js';
import { OWN_SHOP, PARTNER_A, PARTNER_B } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { addKey, addPartner } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range } from '../support/stock.js';

const MANY = 201;
const FIRST_OF_MANY = 5_000;

const demo = useDemoService();

const inventory = async (query = '', key = PARTNER_A): Promise<Inventory> => {
  const { status, text, body } = await demo.api.inventory(key, query);
  expect({ status, text }).toEqual({ status: 200, text });
  return body;
};
const quantities = async (query = '', key = PARTNER_A): Promise<Inventory['available_quantities']> =>
  (await inventory(query, key)).available_quantities;
const refused = async (query: string, code: string, key = PARTNER_A): Promise<Problem> =>
  expectProblem(await demo.api.inventory(key, query), code === 'malformed_request' ? 400 : 422, code);

describe('a fresh demo database', () => {
  it("shows the card's numbers", async () => {
    expect(await quantities('?product_ids=106,107,108')).toEqual({ 106: 1800, 107: 1200, 108: 1300 });
    await expectSound(demo.database);
  });

  it('lists all that the channel sells when no product is named', async () => {
    expect(await quantities()).toEqual({ 106: 1800, 107: 1200, 108: 1300 });
    expect(await quantities('', PARTNER_B)).toEqual({ 106: 1800, 107: 1200, 108: 1300 });
    expect(await quantities('', OWN_SHOP)).toEqual({ 106: 3000, 107: 2500, 108: 2500 });
  });

  it('records the earlier sales as activated reservations with orders', async () => {
    const sales = await demo.database.rows(
      `SELECT r.product_id, CAST(SUM(r.quantity) AS SIGNED) AS units, CAST(SUM(o.quantity) AS SIGNED) AS ordered FROM channel_reservations r
       JOIN orders o ON o.id = r.order_id WHERE r.status = 'activated' GROUP BY r.product_id ORDER BY 1`,
    );
    expect(sales).toEqual([
      { product_id: 106, units: 200, ordered: 200 },
      { product_id: 107, units: 300, ordered: 300 },
      { product_id: 108, units: 200, ordered: 200 },
    ]);
  });
});

describe('product_ids', () => {
  beforeAll(async () => {
    await demo.database.rows(
      "INSERT INTO channels (id, name) VALUES ('bulk', 'bulk'); INSERT INTO partners (id, name, channel_id) VALUES ('bulk', 'bulk', 'bulk')",
    );
    await addKey(demo.database, 'bulk', 'bulk-key');
    await addProducts(demo.database, range(FIRST_OF_MANY, MANY), { bulk: 1 });
    await addProducts(demo.database, [900], { direct: 5 });
    await addProducts(demo.database, [901], { ota: 5, direct: 5 });
    await demo.database.rows("UPDATE products SET status = 'retired' WHERE id = 901");
  });

  it.each([
    '?product_ids=106,108',
    '?product_ids=[106,108]',
    '?product_ids=%5B106%2C108%5D',
    '?product_ids=%20106%20,%20108%20',
    '?product_ids=106,108,106,108,0106',
    '?product_ids=108,106',
    '?product_ids=106&product_ids=108',
  ])('reads %s', async (query) => {
    const body = await inventory(query);
    expect(body.available_quantities).toEqual({ 106: 1800, 108: 1300 });
    expect(Object.keys(body.pricing_context.base_prices)).toEqual(['106', '108']);
  });

  it.each([
    ['', 'missing'],
    ['[]', 'missing'],
    [',', 'missing'],
    ['106,', 'missing'],
    ['0', '0'],
    ['-1', '-1'],
    ['106,1.5', '1.5'],
    ['1e2', '1e2'],
    ['2147483648', '2147483648'],
    ['99999999999999999999', '99999999999999999999'],
    ['106;DROP', '106;DROP'],
    ['[106', '[106'],
    ['[[106]]', '[106]'],
    ['%D9%A1%D9%A0%D9%A6', '١٠٦'],
  ])('refuses product_ids=%s', async (list, named) => {
    const { errors = [] } = await refused(`?product_ids=${list}`, 'invalid_product_ids');
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.every(({ parameter }) => parameter === 'product_ids')).toBe(true);
    expect(errors[0]?.detail).toContain(named);
  });

  it.each([
    ['an unknown product', '106,999', '999'],
    ['the largest id there can be', '2147483647', '2147483647'],
    ['one without an allocation on the channel', '106,900', '900'],
    ['a retired one', '901,106', '901'],
  ])('refuses %s by name', async (_, list, named) => {
    const { detail, errors } = await refused(`?product_ids=${list}`, 'invalid_product_ids');
    expect(detail).toContain(named);
    expect(errors).toEqual([{ parameter: 'product_ids', detail: expect.stringContaining(named) as string }]);
  });

  it("doesn't list what it refuses, and lists what another channel may sell there", async () => {
    expect(Object.keys(await quantities())).toEqual(['106', '107', '108']);
    expect(await quantities('?product_ids=900', OWN_SHOP)).toEqual({ 900: 5 });
    expect(Object.keys(await quantities('', OWN_SHOP))).toEqual(['106', '107', '108', '900']);
  });

  it('takes 200 different ids at a time, not 201, duplicates aside', async () => {
    const ids = range(FIRST_OF_MANY, MANY);
    const most = ids.slice(0, MANY - 1);
    expect(Object.keys(await quantities(`?product_ids=${[...most, ...most].join(',')}`, 'bulk-key'))).toHaveLength(200);
    expect((await refused(`?product_ids=${ids.join(',')}`, 'invalid_product_ids', 'bulk-key')).detail).toContain('200');
    expect(Object.keys(await quantities('', 'bulk-key'))).toHaveLength(MANY);
  });

  it('a channel that sells nothing gets an empty answer, not an error', async () => {
    await addPartner(demo.database, 'empty', { channel: 'nothing-yet' });
    await addKey(demo.database, 'empty', 'empty-key');
    const { available_quantities, pricing_context } = await inventory('', 'empty-key');
    expect(available_quantities).toEqual({});
    expect(pricing_context).toMatchObject({ base_prices: {}, customer_discounts: {}, customer_types: ['adult'] });
  });

  it.each(['?productids=106', '?product_id=106', '?product_ids=106&page=2', '?__proto__=1', '?product_ids[]=106'])(
    'an unknown parameter is 400: %s',
    async (query) => {
      const { errors } = await refused(query, 'malformed_request');
      expect(errors).toHaveLength(1);
    },
  );
});

describe('what is available', () => {
  it('is less by each reserve at once, for every partner of the channel and for no other channel', async () => {
    const before = await demo.api.available(PARTNER_A, 107);
    for (const [n, key] of [PARTNER_A, PARTNER_B, PARTNER_A].entries()) {
      expect((await demo.api.reserve(key, { product_id: 107, quantity: 7 })).status).toBe(201);
      const left = before - 7 * (n + 1);
      expect([await demo.api.available(PARTNER_A, 107), await demo.api.available(PARTNER_B, 107)]).toEqual([
        left,
        left,
      ]);
    }
    expect(await demo.api.available(OWN_SHOP, 107)).toBe(2500);
    expect((await demo.api.reserve(OWN_SHOP, { product_id: 107, quantity: 9 })).status).toBe(201);
    expect([await demo.api.available(OWN_SHOP, 107), await demo.api.available(PARTNER_A, 107)]).toEqual([
      2491,
      before - 21,
    ]);
    await expectSound(demo.database);
  });

  it('counts overdue holds as free, without any job', async () => {
    const before = await demo.api.available(PARTNER_A, 108);
    const reserved = await demo.api.reserve(PARTNER_A, { product_id: 108, quantity: 30 });
    await demo.api.reserve(PARTNER_A, { product_id: 108, quantity: 3 });
    await demo.database.rows(
      'UPDATE channel_reservations SET expires_at = SYSDATE(6) - INTERVAL 1 SECOND WHERE reservation_id = ?',
      [reserved.body.reservation_id],
    );
    expect(await demo.api.available(PARTNER_B, 108)).toBe(before - 3);
    expect((await quantities())['108']).toBe(before - 3);
    expect(await demo.api.available(OWN_SHOP, 108)).toBe(2500);
    expect(
      await demo.database.rows('SELECT status FROM channel_reservations WHERE reservation_id = ?', [
        reserved.body.reservation_id,
      ]),
    ).toEqual([{ status: 'active' }]);
    await expectSound(demo.database);
  });
});
