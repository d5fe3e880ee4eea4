import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { holdInventory, waitForLockWaits } from '../support/locks.js';
import { addProducts, range } from '../support/stock.js';

/** Prices are kept in the process; a reservation is made at those that stand in the database all the same. */

let database: TestDatabase;
let services: TestApp[];

beforeAll(async () => {
  database = await demoDatabase();
  services = [await bootApp(database.url), await bootApp(database.url)];
});
afterAll(async () => {
  for (const service of services) await service.close();
  await database.drop();
});

const PRODUCT = 107;

/** Through each instance in turn. */
async function snapshots(productId = PRODUCT): Promise<object[]> {
  const made = [];
  for (const { api } of services) {
    const { status, body } = await api.reserve(PARTNER_A, { product_id: productId, quantity: 1 });
    expect(status).toBe(201);
    made.push(body.pricing_snapshot);
  }
  return made;
}

/** What each instance tells of the product's prices, one way and the other. */
async function told(): Promise<{ inventory: object; quote: object }[]> {
  const telling = [];
  for (const { api } of services) {
    const [inventory, quote] = await Promise.all([
      api.get(PARTNER_A, `/api/ota/inventory?product_ids=${PRODUCT}`),
      api.get(PARTNER_A, `/api/ota/quote?product_id=${PRODUCT}&guests=adult:1`),
    ]);
    telling.push({ inventory: inventory.body['pricing_context'] as object, quote: quote.body });
  }
  return telling;
}

/** What the reservation keeps, special dates and all. */
async function keptSpecialDates(): Promise<Record<string, number>> {
  const [row] = await database.rows<{ dates: Record<string, number> }>(
    `SELECT pricing_snapshot -> '$.specialDatesMilli' AS dates FROM channel_reservations ORDER BY created_at DESC LIMIT 1`,
  );
  return row?.dates ?? {};
}

describe('a reservation made after a change', () => {
  it('is at the new price', async () => {
    await snapshots();
    await database.rows('UPDATE products SET weekday_price = 99.5, weekend_price = 120 WHERE id = ?', [PRODUCT]);
    for (const made of await snapshots()) expect(made).toMatchObject({ base_price: 99.5, weekend_premium: 20.5 });
  });

  it('is at the new price, if it waited for its row meanwhile', async () => {
    await snapshots();
    const lock = await holdInventory(database, PRODUCT);
    const waiting = snapshots();
    await waitForLockWaits(database, 1);
    await database.rows('UPDATE products SET weekday_price = 88.5, weekend_price = 120 WHERE id = ?', [PRODUCT]);
    await lock.release();
    for (const made of await waiting) expect(made).toMatchObject({ base_price: 88.5 });
  });

  it.each([
    ['made', 'INSERT INTO customer_discounts VALUES (?, "vip", 12.5)', { vip: 12.5 }],
    [
      'changed',
      'UPDATE customer_discounts SET amount = 13 WHERE product_id = ? AND customer_type = "vip"',
      { vip: 13 },
    ],
  ])('has a discount that was %s', async (_, sql, discounts) => {
    await snapshots();
    await database.rows(sql, [PRODUCT]);
    for (const made of await snapshots()) {
      expect(made).toMatchObject({ customer_discounts: expect.objectContaining(discounts) as unknown });
    }
  });

  it('has no discount that was taken back', async () => {
    await snapshots();
    await database.rows('DELETE FROM customer_discounts WHERE product_id = ? AND customer_type = "vip"', [PRODUCT]);
    for (const made of await snapshots()) expect(JSON.stringify(made)).not.toContain('vip');
  });

  it('has the special dates of that moment', async () => {
    for (const [sql, expected] of [
      ['INSERT INTO special_dates VALUES ("2031-05-01", 1.25)', 1250],
      ['UPDATE special_dates SET multiplier = 2 WHERE visit_date = "2031-05-01"', 2000],
      ['DELETE FROM special_dates WHERE visit_date = "2031-05-01"', undefined],
    ] as const) {
      await snapshots();
      await database.rows(sql);
      await snapshots();
      expect((await keptSpecialDates())['2031-05-01']).toBe(expected);
    }
  });

  it('is not made of a product that was retired', async () => {
    await snapshots(108);
    await database.rows('UPDATE products SET status = "retired" WHERE id = 108');
    for (const { api } of services) {
      expect((await api.reserve(PARTNER_A, { product_id: 108, quantity: 1 })).status).toBe(422);
    }
  });

  it('is made of a product that was unknown before', async () => {
    for (const { api } of services) {
      expect((await api.reserve(PARTNER_A, { product_id: 777, quantity: 1 })).status).toBe(422);
    }
    await addProducts(database, [777], { ota: 5 });
    await snapshots(777);
  });
});

describe('whoever only looks', () => {
  it('is told the new price', async () => {
    await told();
    await database.rows('UPDATE products SET weekday_price = 77.5, weekend_price = 121 WHERE id = ?', [PRODUCT]);
    for (const telling of await told()) {
      expect(telling).toMatchObject({
        inventory: { base_prices: { [PRODUCT]: { weekday: 77.5, weekend: 121 } } },
        quote: { total_amount: 77.5 },
      });
    }
  });

  it('is told of a discount, once it is made and until it is taken back', async () => {
    await told();
    await database.rows('INSERT INTO customer_discounts VALUES (?, "vip", 12.5)', [PRODUCT]);
    for (const telling of await told()) {
      expect(telling).toMatchObject({ inventory: { customer_discounts: { [PRODUCT]: { vip: 12.5 } } } });
    }
    await database.rows('DELETE FROM customer_discounts WHERE product_id = ? AND customer_type = "vip"', [PRODUCT]);
    expect(JSON.stringify(await told())).not.toContain('vip');
  });

  it.each(['2001-05-01', '2031-05-01'])('is told of a special date, past or to come: %s', async (day) => {
    await told();
    await database.rows('INSERT INTO special_dates VALUES (?, 1.25)', [day]);
    for (const telling of await told()) {
      expect(telling).toMatchObject({ inventory: { special_dates: { [day]: { multiplier: 1.25 } } } });
    }
    await database.rows('DELETE FROM special_dates WHERE visit_date = ?', [day]);
    expect(JSON.stringify(await told())).not.toContain(day);
  });
});

it('16 clients never get a price that was changed before they asked', async () => {
  let now = 1;
  let going = true;
  const change = async (): Promise<void> => {
    for (; now < 200;) {
      await database.rows('UPDATE products SET weekday_price = ?, weekend_price = 9999 WHERE id = ?', [
        now + 1,
        PRODUCT,
      ]);
      now++;
    }
    going = false;
  };
  const stale: string[] = [];
  let asked = 0;
  const client = async ({ api }: TestApp): Promise<void> => {
    while (going) {
      const atLeast = now;
      const { status, body } = await api.reserve(PARTNER_A, { product_id: PRODUCT, quantity: 1 });
      if (status !== 201) return; // sold out
      const { base_price: price } = body.pricing_snapshot as { readonly base_price: number };
      if (price < atLeast) stale.push(`${price} after ${atLeast}`);
      asked++;
    }
  };
  await database.rows('UPDATE products SET weekday_price = 1, weekend_price = 9999 WHERE id = ?', [PRODUCT]);
  await Promise.all([change(), ...range(0, 8).flatMap(() => services.map(client))]);
  expect(stale).toEqual([]);
  expect(asked).toBeGreaterThan(200);
});
