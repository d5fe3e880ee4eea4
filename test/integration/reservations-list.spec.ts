import type { Page, Reserved } from '../support/api.js';
import { OWN_SHOP, PARTNER_A, PARTNER_B, READ_ONLY } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { endIn, holdUnits } from '../support/life.js';
import { addKey, addPartner } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range } from '../support/stock.js';

const demo = useDemoService();
beforeAll(() => addProducts(demo.database, [840, 841], { ota: 500 }));
afterEach(() => expectSound(demo.database));

let partners = 0;

/** A partner without reservations. @returns its key */
async function newPartner(): Promise<string> {
  const name = `lister-${++partners}`;
  await addPartner(demo.database, name);
  await addKey(demo.database, name, `${name}-key`);
  return `${name}-key`;
}

async function hold(key: string, count: number, productId = 840): Promise<Reserved[]> {
  const made: Reserved[] = [];
  for (let n = 0; n < count; n++) made.push(await holdUnits(demo.api, productId, 1, key));
  return made;
}

async function list(key: string, query = ''): Promise<Page> {
  const reply = await demo.api.reservations(key, query);
  expect({ status: reply.status, text: reply.text }).toEqual({ status: 200, text: reply.text });
  return reply.body;
}

const ids = (page: Page): string[] => page.reservations.map(({ reservation_id }) => reservation_id);

/** All pages, with something done after each. */
async function walk(key: string, query: string, between?: () => Promise<unknown>): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null = '';
  for (let pages = 0; cursor !== null; pages++) {
    if (pages > 100) throw new Error('the list has no end');
    const page: Page = await list(key, `?${query}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    found.push(...ids(page));
    cursor = page.next_cursor;
    await between?.();
  }
  return found;
}

describe('the list', () => {
  it('of a partner without reservations is empty', async () => {
    expect(await list(await newPartner())).toEqual({ reservations: [], next_cursor: null });
  });

  it('has the short form, newest first', async () => {
    const key = await newPartner();
    const made = await hold(key, 3);
    const expected = made.map(({ reserved_until: _, pricing_snapshot: __, ...short }) => short).reverse();
    expect(await list(key)).toEqual({ reservations: expected, next_cursor: null });
  });

  it('is told page by page without gap or repeat, while new ones arrive', async () => {
    const key = await newPartner();
    const made = (await hold(key, 23)).map(({ reservation_id }) => reservation_id);
    const found = await walk(key, 'limit=5', () => hold(key, 2));
    expect(found).toEqual(made.reverse());
  });

  it('is so with equal times of creation, too', async () => {
    const key = await newPartner();
    const made = (await hold(key, 13)).map(({ reservation_id }) => reservation_id);
    await demo.database.rows(
      "UPDATE channel_reservations SET created_at = '2026-01-01 00:00:00.123456' WHERE reservation_id IN (?)",
      [made],
    );
    const found = await walk(key, 'limit=2');
    expect(found).toEqual([...made].sort().reverse());
    expect(await walk(key, 'limit=13')).toEqual(found);
    expect(await walk(key, 'limit=1')).toEqual(found);
  });

  it('has 50 on a page unless asked, at most 200', async () => {
    const key = await newPartner();
    await Promise.all(range(0, 10).map(() => hold(key, 6)));
    const page = await list(key);
    expect(page.reservations).toHaveLength(50);
    expect(page.next_cursor).toEqual(expect.any(String));
    expect((await list(key, '?limit=60')).next_cursor).toBeNull();
    expect((await list(key, '?limit=200')).reservations).toHaveLength(60);
    expect((await list(key, '?limit=59')).next_cursor).not.toBeNull();
  });

  it('can be asked by status; an overdue hold is expired, released or not', async () => {
    const key = await newPartner();
    const [active, overdue, sold, cancelled] = (await hold(key, 4)).map((made) => made.reservation_id) as [
      string,
      string,
      string,
      string,
    ];
    await endIn(demo.database, overdue, -1);
    await demo.api.step(key, sold, 'activate');
    await demo.api.step(key, cancelled, 'cancel');
    expect(ids(await list(key, '?status=active'))).toEqual([active]);
    expect(ids(await list(key, '?status=expired'))).toEqual([overdue]);
    expect(ids(await list(key, '?status=activated'))).toEqual([sold]);
    expect(ids(await list(key, '?status=cancelled'))).toEqual([cancelled]);
    const all = (await list(key)).reservations.map(({ status }) => status);
    expect(all).toEqual(['cancelled', 'activated', 'expired', 'active']);
    expect((await list(key, '?status=expired')).reservations[0]?.status).toBe('expired');
  });

  it('can be asked by product, and by both, page by page', async () => {
    const key = await newPartner();
    const at840 = await hold(key, 4, 840);
    const at841 = await hold(key, 5, 841);
    await demo.api.step(key, at841[0]?.reservation_id ?? '', 'cancel');
    expect((await walk(key, 'product_id=840&limit=3')).sort()).toEqual(at840.map((made) => made.reservation_id).sort());
    const rest = at841.slice(1).map((made) => made.reservation_id);
    expect((await walk(key, 'product_id=841&status=active&limit=1')).sort()).toEqual(rest.sort());
    expect(await walk(key, 'product_id=999999')).toEqual([]);
  });

  it('has only one’s own', async () => {
    const [one, two] = [await newPartner(), await newPartner()];
    const [made] = await hold(one, 1);
    const [theirs] = await hold(two, 1);
    expect(ids(await list(one))).toEqual([made?.reservation_id]);
    expect(ids(await list(two))).toEqual([theirs?.reservation_id]);
    const cursor = (await list(PARTNER_A, '?limit=1')).next_cursor;
    expect(ids(await list(two, `?cursor=${cursor}`))).not.toContain(made?.reservation_id);
    for (const key of [PARTNER_A, PARTNER_B, OWN_SHOP])
      expect(ids(await list(key, '?limit=200'))).not.toContain(made?.reservation_id);
  });

  it('needs reservations:read', async () => {
    expectProblem(await demo.api.reservations(READ_ONLY), 403, 'scope_missing');
    expectProblem(await demo.api.reservation(READ_ONLY, 'res_demo_1'), 403, 'scope_missing');
  });
});

describe('a bad question', () => {
  const cursorOf = (text: string): string => Buffer.from(text).toString('base64url');

  it.each([
    ['status=open', 'status'],
    ['status=', 'status'],
    ['status=Active', 'status'],
    ['status=active&status=expired', 'status'],
    ['status=constructor', 'status'],
    ['product_id=abc', 'product_id'],
    ['product_id=0', 'product_id'],
    ['product_id=-1', 'product_id'],
    ['product_id=1.5', 'product_id'],
    ['product_id=2147483648', 'product_id'],
    ['product_id=106,107', 'product_id'],
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=-5', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=', 'limit'],
    ['cursor=', 'cursor'],
    ['cursor=abc', 'cursor'],
    ['cursor=%00', 'cursor'],
    [`cursor=${cursorOf('2026-01-01 00:00:00.000000')}`, 'cursor'],
    [`cursor=${cursorOf('2026-13-41 29:61:61.000000 res_1')}`, 'cursor'],
    [`cursor=${cursorOf('2026-02-30 00:00:00.000000 res_1')}`, 'cursor'],
    [`cursor=${cursorOf("2026-01-01 00:00:00.000000 ' OR 1=1")}`, 'cursor'],
  ])('%s is 422 and names it', async (query, parameter) => {
    const reply = await demo.api.reservations(PARTNER_A, `?${query}`);
    const { errors } = expectProblem(reply, 422, 'invalid_filter');
    expect(errors).toEqual([{ parameter, detail: expect.any(String) }]);
  });

  it('a cursor of a time beyond MySQL’s is none either, or the end of the list', async () => {
    for (const year of ['0000-01-01', '1969-01-01', '9999-12-31']) {
      const reply = await demo.api.reservations(PARTNER_A, `?cursor=${cursorOf(`${year} 00:00:00.000000 res_1`)}`);
      expect([200, 422]).toContain(reply.status);
    }
  });

  it.each(['page=2', 'offset=5', 'Status=active', 'product_ids=106', '__proto__=1'])('%s is 400', async (query) => {
    const { errors } = expectProblem(await demo.api.reservations(PARTNER_A, `?${query}`), 400, 'malformed_request');
    expect(errors).toEqual([{ parameter: query.split('=')[0], detail: expect.any(String) }]);
  });
});

describe('one reservation', () => {
  it('shows its order once it is activated', async () => {
    const made = await holdUnits(demo.api, 106, 2);
    const before = await demo.api.reservation(PARTNER_A, made.reservation_id);
    expect(before.body).toMatchObject({ status: 'active', order_id: null, order: null, activated_at: null });
    const sold = await demo.api.step(PARTNER_A, made.reservation_id, 'activate');
    const after = await demo.api.reservation(PARTNER_A, made.reservation_id);
    expect(after.text).toBe(sold.text);
  });

  it('is expired once it is overdue, job or no job', async () => {
    const made = await holdUnits(demo.api, 106, 2);
    await endIn(demo.database, made.reservation_id, -1);
    expect((await demo.api.reservation(PARTNER_A, made.reservation_id)).body).toMatchObject({
      status: 'expired',
      quantity: 2,
    });
  });

  it('is nobody else’s', async () => {
    const made = await holdUnits(demo.api, 106, 1);
    for (const key of [PARTNER_B, OWN_SHOP])
      expectProblem(await demo.api.reservation(key, made.reservation_id), 404, 'reservation_not_found');
    expectProblem(await demo.api.reservation(PARTNER_A, 'res_nope'), 404, 'reservation_not_found');
    expectProblem(await demo.api.reservation(PARTNER_A, '%E6%B5%B7'), 404, 'reservation_not_found');
  });
});
