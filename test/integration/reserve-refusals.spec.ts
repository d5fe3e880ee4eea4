import type { Problem, Reply } from '../support/api.js';
import { OWN_SHOP, PARTNER_A } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { addKey, addPartner } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

const demo = useDemoService();

const post = (body: unknown, key = PARTNER_A): Promise<Reply> => demo.api.reserve<Record<string, unknown>>(key, body);
const fields = (body: object): Record<string, unknown> => ({ product_id: 106, quantity: 1, ...body });

let untouched: unknown;
const everything = async (): Promise<unknown> => [
  await demo.database.rows('SELECT * FROM product_inventory ORDER BY product_id'),
  await demo.database.rows('SELECT COUNT(*) FROM channel_reservations'),
  await demo.database.rows('SELECT COUNT(*) FROM inventory_movements'),
  await demo.database.rows('SELECT COUNT(*) FROM idempotency_keys'),
];

beforeAll(async () => {
  await addProducts(demo.database, [700], { direct: 10 });
  await addProducts(demo.database, [701], { ota: 10 });
  await demo.database.rows("UPDATE products SET status = 'retired' WHERE id = 701");
  await addProducts(demo.database, [702], { ota: 0, direct: 10 });
  await addPartner(demo.database, 'small', { quantityMax: 3 });
  await addKey(demo.database, 'small', 'small-key');
  await addPartner(demo.database, 'big', { quantityMax: 2000 });
  await addKey(demo.database, 'big', 'big-key');
  untouched = await everything();
});

describe('400: not of the documented shape', () => {
  afterAll(async () => expect(await everything()).toEqual(untouched));

  const pointers = ({ errors = [] }: Problem): unknown[] => errors.map(({ pointer }) => pointer);

  it.each<[string, unknown, string[]]>([
    ['a fraction', fields({ quantity: 1.5 }), ['/quantity']],
    ['a fractional product', fields({ product_id: 106.5 }), ['/product_id']],
    ['a number in a text', fields({ quantity: '5' }), ['/quantity']],
    ['null', fields({ quantity: null }), ['/quantity']],
    ['true', fields({ quantity: true }), ['/quantity']],
    ['a list', fields({ quantity: [5] }), ['/quantity']],
    ['an object', fields({ product_id: { id: 106 } }), ['/product_id']],
    ['more than a number can be', '{"product_id":106,"quantity":1e400}', ['/quantity']],
    ['no quantity', { product_id: 106 }, ['/quantity']],
    ['no product', { quantity: 5 }, ['/product_id']],
    ['nothing in it', {}, ['/product_id', '/quantity']],
    ['an unknown member', fields({ channel_id: 'direct' }), ['/channel_id']],
    ['a name in another case', fields({ Quantity: 5 }), ['/Quantity']],
    ['a name with a slash', fields({ 'a/b~c': 5 }), ['/a~1b~0c']],
    ['an expiry that is a number', fields({ reservation_expires_at: 1_893_456_000 }), ['/reservation_expires_at']],
    ['an expiry that is null', fields({ reservation_expires_at: null }), ['/reservation_expires_at']],
    ['a member named constructor', '{"product_id":106,"quantity":1,"constructor":{"prototype":{}}}', ['/constructor']],
    ['a member named toString', '{"product_id":106,"quantity":1,"toString":1}', ['/toString']],
    ['a member named hasOwnProperty', '{"product_id":106,"quantity":1,"hasOwnProperty":1}', ['/hasOwnProperty']],
    ['a member named prototype', '{"product_id":106,"quantity":1,"prototype":1}', ['/prototype']],
  ])('%s', async (_, body, where) => {
    const problem = expectProblem(await post(body), 400, 'malformed_request');
    expect(pointers(problem)).toEqual(where);
    for (const pointer of where) expect(problem.detail).toContain(pointer);
  });

  it.each([
    ['a list', '[]'],
    ['a list of good ones', '[{"product_id":106,"quantity":1}]'],
    ['a text', '"reserve"'],
    ['a number', '42'],
    ['null', 'null'],
    ['true', 'true'],
    ['an empty body', ''],
    ['spaces', ' \n '],
    ['half an object', '{"product_id":106'],
    ['two objects', '{"product_id":106,"quantity":1}{}'],
    ['a trailing comma', '{"product_id":106,"quantity":1,}'],
    ['single quotes', "{'product_id':106,'quantity':1}"],
    ['NaN', '{"product_id":106,"quantity":NaN}'],
    ['a form', 'product_id=106&quantity=1'],
    ['a member named __proto__', '{"product_id":106,"quantity":1,"__proto__":{"admin":true}}'],
    ['a hidden member named __proto__', '{"product_id":106,"quantity":1,"\\u005f_proto__":{"admin":true}}'],
    ['a __proto__ further in', '{"product_id":106,"quantity":{"__proto__":{}}}'],
    ['a deep list', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['a deep object', `{"product_id":106,"quantity":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}`],
    ['a deep unknown member', `{"product_id":106,"quantity":1,"x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    ['many unknown members', `{${Array.from({ length: 5_000 }, (_, n) => `"m${n}":1`).join()}}`],
  ])('%s', async (_, body) => {
    expectProblem(await post(body), 400, 'malformed_request');
  });

  it('a body larger than 64 KiB is 413', async () => {
    expectProblem(await post(`{"product_id":106,"quantity":1}${' '.repeat(65_536)}`), 413, 'payload_too_large');
  });
});

describe('what is not 400', () => {
  it.each([
    ['a number written with an exponent', '{"product_id":1.06e2,"quantity":1e0}'],
    ['a number with zeroes behind the point', '{"product_id":106.0,"quantity":1.0}'],
    ['spaces around', ' \n{"product_id":106,"quantity":1}\t'],
    ['escapes', '{"\\u0070roduct_id":106,"quantity":1}'],
    ['a member twice: the last one counts, as everywhere in JSON', '{"product_id":106,"quantity":"x","quantity":1}'],
  ])('%s', async (_, body) => {
    const reply = await post(body);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ product_id: 106, quantity: 1 });
  });
});

describe('422 and 409, in their order', () => {
  beforeAll(async () => {
    untouched = await everything();
  });
  afterAll(async () => expect(await everything()).toEqual(untouched));

  it.each([
    ['an unknown product', 999, 'unknown_product'],
    ['product 0', 0, 'unknown_product'],
    ['a negative product', -106, 'unknown_product'],
    ['a product beyond 32 bits', 4_294_967_402, 'unknown_product'],
    ['a product beyond 64 bits', 1e300, 'unknown_product'],
    ['a retired product', 701, 'unknown_product'],
    ['a product of another channel', 700, 'no_allocation'],
  ])('%s is 422, whatever the quantity', async (_, product_id, code) => {
    for (const quantity of [1, 101, 1_000_000, 0]) {
      const { errors } = expectProblem(await post({ product_id, quantity }), 422, code);
      expect(errors?.[0]?.pointer).toBe('/product_id');
    }
  });

  it.each([0, -1, -2_147_483_649, -1e300])('a quantity of %d is 422', async (quantity) => {
    const { errors } = expectProblem(await post(fields({ quantity })), 422, 'quantity_out_of_range');
    expect(errors?.[0]?.pointer).toBe('/quantity');
    expectProblem(await post({ product_id: 702, quantity }), 422, 'quantity_out_of_range');
  });

  it("more than the partner's limit is 422 while there are so many", async () => {
    const available = await demo.api.available(PARTNER_A, 106);
    for (const quantity of [101, available])
      expect(expectProblem(await post(fields({ quantity })), 422, 'quantity_out_of_range')).toMatchObject({
        limit: 100,
      });
    expect(expectProblem(await post(fields({ quantity: 4 }), 'small-key'), 422, 'quantity_out_of_range')).toMatchObject(
      {
        limit: 3,
      },
    );
  });

  it('more than is available is 409 whatever the number, telling both', async () => {
    const available = await demo.api.available(PARTNER_A, 106);
    for (const requested of [available + 1, 1_000_000, 2 ** 32, 1e300]) {
      const problem = expectProblem(await post(fields({ quantity: requested })), 409, 'insufficient_inventory');
      expect(problem).toMatchObject({ product_id: 106, requested, available });
      expect(problem.detail).toContain(String(available));
    }
    expect(
      expectProblem(await post(fields({ quantity: 3001 }), OWN_SHOP), 409, 'insufficient_inventory'),
    ).toMatchObject({ available: 3000 });
  });

  it('an allocation of nothing is sold out, not unknown', async () => {
    expect(expectProblem(await post({ product_id: 702, quantity: 1 }), 409, 'insufficient_inventory')).toMatchObject({
      product_id: 702,
      requested: 1,
      available: 0,
    });
  });

  it('a wrong expiry comes after the stock and the limit', async () => {
    const wrong = { reservation_expires_at: '2020-01-01T00:00:00Z' };
    expectProblem(await post(fields({ ...wrong, quantity: 1_000_000 })), 409, 'insufficient_inventory');
    expectProblem(await post(fields({ ...wrong, quantity: 101 })), 422, 'quantity_out_of_range');
    expectProblem(await post(fields({ ...wrong, quantity: 100 })), 422, 'expiry_out_of_range');
  });
});

describe('the limits themselves', () => {
  afterAll(() => expectSound(demo.database));

  it('are allowed, and so is the last unit', async () => {
    expect((await post(fields({ quantity: 100 }))).status).toBe(201);
    expect((await post(fields({ quantity: 3 }), 'small-key')).status).toBe(201);
    const left = await demo.api.available('big-key', 106);
    expect(left).toBeGreaterThan(100);
    expect((await post(fields({ quantity: left }), 'big-key')).status).toBe(201);
    expect(expectProblem(await post(fields({ quantity: 1 })), 409, 'insufficient_inventory')).toMatchObject({
      available: 0,
    });
  });
});
