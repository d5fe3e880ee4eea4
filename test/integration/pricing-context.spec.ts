import type { Inventory, Problem } from '../support/api.js';
import { PARTNER_A } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { expectProblem } from '../support/problem.js';

const demo = useDemoService();

const context = async (query = ''): Promise<Inventory['pricing_context']> => {
  const { status, body } = await demo.api.inventory(PARTNER_A, query);
  expect(status).toBe(200);
  return body.pricing_context;
};
const days = async (range: string): Promise<string[]> =>
  Object.keys((await context(`?date_range=${range}`)).special_dates);
const refused = async (range: string): Promise<Problem> =>
  expectProblem(await demo.api.inventory(PARTNER_A, `?date_range=${range}`), 422, 'invalid_date_range');

describe('pricing_context', () => {
  it("has the card's prices, discounts and customer types", async () => {
    expect(await context()).toEqual({
      base_prices: {
        106: { weekday: 288, weekend: 318 },
        107: { weekday: expect.any(Number), weekend: expect.any(Number) },
        108: { weekday: expect.any(Number), weekend: expect.any(Number) },
      },
      customer_types: ['adult', 'child', 'elderly', 'student', 'family', 'vip'],
      special_dates: expect.objectContaining({ '2025-12-31': { multiplier: 1.5 } }),
      customer_discounts: {
        106: { child: 100, elderly: 50, student: 50 },
        107: { child: 150, family: 100, elderly: 75 },
        108: { vip: 200, elderly: 100 },
      },
    });
  });

  it.each([
    ['106', ['adult', 'child', 'elderly', 'student']],
    ['107', ['adult', 'child', 'elderly', 'family']],
    ['108', ['adult', 'elderly', 'vip']],
    ['108,106', ['adult', 'child', 'elderly', 'student', 'vip']],
  ])('tells of product %s only what concerns it', async (list, types) => {
    const { base_prices, customer_discounts, customer_types } = await context(`?product_ids=${list}`);
    const ids = list.split(',').sort();
    expect(Object.keys(base_prices)).toEqual(ids);
    expect(Object.keys(customer_discounts)).toEqual(ids);
    expect(customer_types).toEqual(types);
  });

  it('knows special dates still to come', async () => {
    const today = new Date().toISOString().slice(0, 10);
    expect(Object.keys((await context()).special_dates).filter((day) => day > today).length).toBeGreaterThan(0);
  });

  it('is of this moment: a changed price shows at once, to the cent', async () => {
    await demo.database.rows('UPDATE products SET weekday_price = 0.29, weekend_price = 1234567.89 WHERE id = 107');
    await demo.database.rows("INSERT INTO customer_discounts VALUES (107, 'pensioner', 0.07)");
    const { base_prices, customer_discounts, customer_types } = await context('?product_ids=107');
    expect(base_prices['107']).toEqual({ weekday: 0.29, weekend: 1234567.89 });
    expect(customer_discounts['107']).toMatchObject({ pensioner: 0.07 });
    expect(customer_types).toEqual(['adult', 'child', 'elderly', 'family', 'pensioner']);
  });
});

describe('date_range', () => {
  beforeAll(async () => {
    await demo.database.rows('DELETE FROM special_dates');
    await demo.database.rows('INSERT INTO special_dates VALUES ?', [
      [
        ['2030-03-01', 1.1],
        ['2030-03-10', 0.875],
        ['2030-03-31', 2],
        ['2031-03-01', 1.25],
      ],
    ]);
  });

  it.each([
    ['2030-03-01,2030-03-31', ['2030-03-01', '2030-03-10', '2030-03-31']],
    ['2030-03-02,2030-03-30', ['2030-03-10']],
    ['2030-03-10,2030-03-10', ['2030-03-10']],
    ['2030-03-11,2030-03-12', []],
    ['%202030-03-01%20,%202030-03-01%20', ['2030-03-01']],
    ['2030-03-01,2031-03-01', ['2030-03-01', '2030-03-10', '2030-03-31', '2031-03-01']], // 366 days
    ['2024-02-29,2024-02-29', []],
  ])('%s: both ends are included', async (range, expected) => {
    expect(await days(range)).toEqual(expected);
  });

  it('tells the multipliers, and all of them without a range', async () => {
    expect((await context('?date_range=2030-03-10,2030-03-31')).special_dates).toEqual({
      '2030-03-10': { multiplier: 0.875 },
      '2030-03-31': { multiplier: 2 },
    });
    expect(Object.keys((await context()).special_dates)).toHaveLength(4);
  });

  it.each([
    ['', 'two dates'],
    ['2030-03-01', 'two dates'],
    ['2030-03-01,', 'two dates'],
    [',2030-03-01', 'two dates'],
    ['2030-03-01,2030-03-02,2030-03-03', 'two dates'],
    ['2030-02-29,2030-03-01', 'two dates'],
    ['2030-13-01,2031-01-01', 'two dates'],
    ['2030-3-1,2030-3-2', 'two dates'],
    ['2030-03-01T00:00:00Z,2030-03-02', 'two dates'],
    ['soon,later', 'two dates'],
    ["2030-03-01,2030-03-02'--", 'two dates'],
    ['2030-03-02,2030-03-01', 'before it begins'],
    ['2030-03-01,2031-03-02', '366'],
    ['0001-01-01,9999-12-31', '366'],
  ])('refuses %s', async (range, said) => {
    const { detail, errors } = await refused(range);
    expect(detail).toContain(said);
    expect(errors).toEqual([{ parameter: 'date_range', detail: expect.any(String) }]);
  });

  it('given twice is refused, not guessed', async () => {
    expectProblem(
      await demo.api.inventory(PARTNER_A, '?date_range=2030-03-01,2030-03-02&date_range=2030-03-01,2030-03-02'),
      422,
      'invalid_date_range',
    );
  });
});
