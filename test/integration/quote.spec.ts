import type { Problem, Reply, Stepped } from '../support/api.js';
import { OWN_SHOP, PARTNER_A, READ_ONLY } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { coming, dayIn, holdUnits } from '../support/life.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

interface Quote {
  readonly product_id: number;
  readonly visit_date: string | null;
  readonly currency: string;
  readonly total_amount: number;
  readonly lines: unknown[];
}

const demo = useDemoService();
const [TUESDAY, SATURDAY, SPECIAL] = [coming(2), coming(6), coming(4)];

beforeAll(async () => {
  await addProducts(demo.database, [890], { direct: 10 });
  await addProducts(demo.database, [891], { ota: 10 });
  await demo.database.rows("UPDATE products SET status = 'retired' WHERE id = 891");
  await demo.database.rows('INSERT INTO special_dates VALUES (?, 1.337)', [SPECIAL]);
});
afterEach(() => expectSound(demo.database));

const quote = (query: string, key = PARTNER_A): Promise<Reply<Quote & Problem>> =>
  demo.api.get<Quote & Problem>(key, `/api/ota/quote?${query}`);

describe('a quote', () => {
  it('tells the price of each unit and of all', async () => {
    const { status, body } = await quote(`product_id=106&date=${SATURDAY}&guests=child:1,adult:2`);
    expect(status).toBe(200);
    expect(body).toEqual({
      product_id: 106,
      visit_date: SATURDAY,
      currency: 'CNY',
      total_amount: 318 * 2 + 218,
      lines: [
        { customer_type: 'adult', quantity: 2, unit_price: 318, amount: 636 },
        { customer_type: 'child', quantity: 1, unit_price: 218, amount: 218 },
      ],
    });
  });

  it.each([
    [106, undefined, 'adult:1'],
    [106, TUESDAY, 'adult:2,child:1,elderly:3,student:4'],
    [106, SPECIAL, 'adult:3,student:7'],
    [107, SATURDAY, 'family:9'],
    [107, SPECIAL, 'elderly:1,family:2,child:3'],
    [108, `${Number(TUESDAY.slice(0, 4)) + 1}-12-31`, 'vip:2,adult:1'],
  ])('of %s on %s for %s is what the activation then charges', async (productId, day, guests) => {
    const told = await quote(`product_id=${productId}${day === undefined ? '' : `&date=${day}`}&guests=${guests}`);
    expect(told.status).toBe(200);
    const counts = guests.split(',').map((part) => {
      const [customer_type = '', quantity] = part.split(':');
      return { customer_type, quantity: Number(quantity) };
    });
    const units = counts.reduce((sum, { quantity }) => sum + quantity, 0);
    const { reservation_id: id } = await holdUnits(demo.api, productId, units);
    const body = { guests: counts, ...(day !== undefined && { visit_date: day }) };
    const sold: Reply<Stepped> = await demo.api.step(PARTNER_A, id, 'activate', body);
    const { visit_date, currency, total_amount, lines } = told.body;
    expect(sold.body.order).toMatchObject({ visit_date, currency, total_amount, lines });
  });

  it('is at the prices of now, where a hold keeps its own', async () => {
    await demo.database.rows('UPDATE products SET weekday_price = 600.01 WHERE id = 108');
    expect((await quote('product_id=108&guests=adult:3')).body.total_amount).toBe(1800.03);
    await demo.database.rows('UPDATE products SET weekday_price = 588 WHERE id = 108');
  });

  it('holds nothing, and needs inventory:read only', async () => {
    const before = await demo.api.available(PARTNER_A, 106);
    expect((await quote('product_id=106&guests=adult:1000000', READ_ONLY)).status).toBe(200);
    expect(await demo.api.available(PARTNER_A, 106)).toBe(before);
    expect((await quote('product_id=890&guests=adult:1', OWN_SHOP)).status).toBe(200);
  });

  it('adds up a type that comes twice, and reads spaces', async () => {
    const { body } = await quote('product_id=106&guests=adult:1,%20child:1%20,adult:2');
    expect(body.lines).toEqual([
      { customer_type: 'adult', quantity: 3, unit_price: 288, amount: 864 },
      { customer_type: 'child', quantity: 1, unit_price: 188, amount: 188 },
    ]);
  });
});

describe('a quote that can’t be had', () => {
  it.each([
    ['guests=adult:1', 400, 'malformed_request', 'product_id'],
    ['product_id=106', 400, 'malformed_request', 'guests'],
    ['product_id=106&guests=adult:1&when=now', 400, 'malformed_request', 'when'],
    ['product_id=0&guests=adult:1', 422, 'unknown_product', 'product_id'],
    ['product_id=abc&guests=adult:1', 422, 'unknown_product', 'product_id'],
    ['product_id=2147483648&guests=adult:1', 422, 'unknown_product', 'product_id'],
    ['product_id=106&product_id=107&guests=adult:1', 422, 'unknown_product', 'product_id'],
    ['product_id=999&guests=adult:1', 422, 'unknown_product', 'product_id'],
    ['product_id=891&guests=adult:1', 422, 'unknown_product', 'product_id'],
    ['product_id=890&guests=adult:1', 422, 'no_allocation', 'product_id'],
    ['product_id=106&guests=adult:1&date=2030-02-30', 422, 'invalid_visit_date', 'date'],
    ['product_id=106&guests=adult:1&date=tomorrow', 422, 'invalid_visit_date', 'date'],
    ['product_id=106&guests=adult:1&date=', 422, 'invalid_visit_date', 'date'],
    ['product_id=106&guests=', 422, 'invalid_guests', 'guests'],
    ['product_id=106&guests=adult', 422, 'invalid_guests', 'guests'],
    ['product_id=106&guests=adult:0', 422, 'invalid_guests', 'guests'],
    ['product_id=106&guests=adult:-1', 422, 'invalid_guests', 'guests'],
    ['product_id=106&guests=adult:1.5', 422, 'invalid_guests', 'guests'],
    ['product_id=106&guests=adult:1000001', 422, 'invalid_guests', 'guests'],
    ['product_id=106&guests=adult:1,', 422, 'invalid_guests', 'guests'],
    ['product_id=106&guests=vip:1', 422, 'invalid_guests', 'guests'],
    ['product_id=106&guests=constructor:1', 422, 'invalid_guests', 'guests'],
    ['product_id=106&guests=adult:1&guests=child:1', 422, 'invalid_guests', 'guests'],
  ])('%s is %s %s', async (query, status, code, parameter) => {
    const { errors } = expectProblem(await quote(query), status, code);
    expect(errors).toEqual([{ parameter, detail: expect.any(String) }]);
  });

  it('for a day of the past is refused as its activation would be', async () => {
    expectProblem(await quote(`product_id=106&guests=adult:1&date=${dayIn(-2)}`), 422, 'invalid_visit_date');
  });

  it('for the year 0 or 9999 breaks nothing', async () => {
    expect([200, 422]).toContain((await quote('product_id=106&guests=adult:1&date=0000-01-01')).status);
    expect((await quote('product_id=106&guests=adult:1&date=9999-12-31')).status).toBe(200);
  });

  it('without a key is 401', async () => {
    expectProblem(await demo.api.send('/api/ota/quote?product_id=106&guests=adult:1'), 401, 'authentication_required');
  });
});
