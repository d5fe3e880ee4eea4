import { OWN_SHOP, PARTNER_A, PARTNER_B } from '../support/app.js';
import { cohort } from '../../src/reservation/conversion.query.js';
import { useDemoService } from '../support/demo-service.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { endIn, holdUnits } from '../support/life.js';
import { addKey, addPartner } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { addProducts } from '../support/stock.js';

const demo = useDemoService();

interface Outcomes {
  readonly made: number;
  readonly open: number;
  readonly sold: number;
  readonly returned?: number;
  readonly expired: number;
  readonly cancelled: number;
}

interface Conversion {
  readonly as_of: string;
  readonly partners: { partner_id: string; holds: Outcomes; units: Outcomes }[];
  readonly next_cursor: string | null;
}

const HOUR_MS = 3_600_000;
const at = (hoursFromNow: number): string =>
  encodeURIComponent(new Date(Date.now() + hoursFromNow * HOUR_MS).toISOString());
const ask = (query: string) => demo.api.desk<Conversion>(OPERATOR, `GET conversion?${query}`);
const recent = (rest: string) => ask(`from=${at(-1)}&to=${at(1)}${rest}`);

async function conversionOf(partner: string, rest = '') {
  const { status, body } = await recent(`&partner_id=${partner}${rest}`);
  expect([status, body.partners.length, body.next_cursor]).toEqual([200, 1, null]);
  return body.partners[0];
}

const seller = 'converts';

beforeAll(async () => {
  await addOperator(demo.database);
  await addProducts(demo.database, [601, 602], { ota: 1_000 });
  await addPartner(demo.database, seller);
  await addKey(demo.database, seller, seller);
});

describe('what became of the holds of a partner', () => {
  beforeAll(async () => {
    const { api, database } = demo;
    const hold = async (units: number, product = 601) => (await holdUnits(api, product, units, seller)).reservation_id;
    const step = async (...args: Parameters<typeof api.step>) => expect((await api.step(...args)).status).toBe(200);
    await hold(7);
    await step(seller, await hold(10), 'activate');
    await step(seller, await hold(10), 'activate', { quantity: 6 });
    const cancelledSale = await hold(5);
    await step(seller, cancelledSale, 'activate', { quantity: 3 });
    await step(seller, cancelledSale, 'cancel');
    await step(seller, await hold(8), 'cancel');
    // Overdue, and not yet released; and one that was.
    await endIn(database, await hold(20), -1_000);
    const released = await hold(30);
    await endIn(database, released, -1_000);
    await database.rows(
      "UPDATE channel_reservations SET status = 'expired', released_at = NOW(6) WHERE reservation_id = ?",
      [released],
    );
    await step(seller, await hold(40, 602), 'activate');
    // Long ago.
    await database.rows(
      'UPDATE channel_reservations SET created_at = NOW(6) - INTERVAL 3 HOUR WHERE reservation_id = ?',
      [await hold(50)],
    );
  });

  it('is told in holds and in units, each counted once', async () => {
    expect(await conversionOf(seller, '&product_id=601')).toEqual({
      partner_id: seller,
      holds: {
        made: 7,
        open: 1,
        sold: 3,
        expired: 2,
        cancelled: 1,
        sales_cancelled: 1,
        sold_share: 0.5,
        expired_share: 0.3333,
        cancelled_share: 0.1667,
      },
      units: {
        made: 90,
        open: 7,
        sold: 19,
        returned: 6,
        expired: 50,
        cancelled: 8,
        sales_cancelled: 3,
        sold_share: 0.2289,
        returned_share: 0.0723,
        expired_share: 0.6024,
        cancelled_share: 0.0964,
      },
    });
  });

  it('is of all products unless one is named', async () => {
    expect(await conversionOf(seller)).toMatchObject({ holds: { made: 8, sold: 4 }, units: { made: 130, sold: 59 } });
    expect(await conversionOf(seller, '&product_id=602')).toMatchObject({ holds: { made: 1 }, units: { sold: 40 } });
    expect(await conversionOf(seller, '&product_id=603')).toMatchObject({ holds: { made: 0 } });
  });

  it('is of the holds made in the period, its end not included, whenever they ended', async () => {
    const { body } = await ask(`from=${at(-4)}&to=${at(-2)}&partner_id=${seller}`);
    expect(body.partners).toMatchObject([{ holds: { made: 1, open: 1, sold_share: null }, units: { made: 50 } }]);
    const [first] = await demo.database.rows<{ at: Date }>(
      'SELECT MIN(created_at) AS at FROM channel_reservations WHERE product_id = 602',
    );
    const made = Math.floor(first?.at.getTime() ?? 0);
    const between = async (from: number, to: number) => {
      const [begin, end] = [from, to].map((ms) => encodeURIComponent(new Date(ms).toISOString()));
      const reply = await ask(`from=${begin}&to=${end}&partner_id=${seller}&product_id=602`);
      return reply.body.partners[0]?.holds.made;
    };
    expect([await between(made - 5_000, made), await between(made, made + 1)]).toEqual([0, 1]);
  });
});

describe('a page of partners', () => {
  it('has those without a hold too, and leads to the next', async () => {
    const { body: first } = await recent('&limit=2');
    expect(first.partners).toHaveLength(2);
    const { body: rest } = await recent(`&limit=200&cursor=${first.next_cursor}`);
    const ids = [...first.partners, ...rest.partners].map(({ partner_id: id }) => id);
    const all = await demo.database.rows<{ id: string }>('SELECT id FROM partners ORDER BY id');
    expect(ids).toEqual(all.map(({ id }) => id));
    expect(rest.next_cursor).toBeNull();
    expect(rest.partners.find(({ partner_id: id }) => id === 'partner-b')?.holds).toMatchObject({
      made: 0,
      sold_share: null,
    });
    expect((await recent('&cursor=fn4')).body.partners).toEqual([]);
  });
});

describe('refused', () => {
  it.each([
    ['no from', `to=${at(0)}`, 'from'],
    ['no to', `from=${at(0)}`, 'to'],
    ['a day', `from=2026-01-01&to=${at(0)}`, 'from'],
    ['a time without an offset', `from=2026-01-01T00:00:00&to=${at(0)}`, 'from'],
    ['a time that MySQL lacks', `from=1969-01-01T00:00:00Z&to=${at(0)}`, 'from'],
    ['a time after the last one', `from=${at(0)}&to=2045-01-01T00:00:00Z`, 'to'],
    ['nothing between', 'from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'to'],
    ['more than a week of all', 'from=2026-01-01T00:00:00Z&to=2026-01-08T00:00:00.001Z', 'to'],
    ['more than a year of one', 'from=2025-01-01T00:00:00Z&to=2026-01-02T00:00:00.001Z&partner_id=partner-a', 'to'],
    ['a partner that is none', `from=${at(-1)}&to=${at(0)}&partner_id=nobody`, 'partner_id'],
    ['no partner', `from=${at(-1)}&to=${at(0)}&partner_id=`, 'partner_id'],
    ['product 0', `from=${at(-1)}&to=${at(0)}&product_id=0`, 'product_id'],
    ['too large a product', `from=${at(-1)}&to=${at(0)}&product_id=2147483648`, 'product_id'],
    ['a page of none', `from=${at(-1)}&to=${at(0)}&limit=0`, 'limit'],
  ])('%s is 422 and named', async (_, query, parameter) => {
    const { errors } = expectProblem(await ask(query), 422, 'invalid_filter');
    expect(errors).toEqual([{ parameter, detail: expect.any(String) }]);
  });

  it('are other parameters, and partners', async () => {
    expectProblem(await recent('&partner=partner-a'), 400, 'malformed_request');
    for (const key of [PARTNER_A, PARTNER_B, OWN_SHOP]) {
      const reply = await demo.api.desk(key, `GET conversion?from=${at(-1)}&to=${at(0)}`);
      expectProblem(reply, 403, 'scope_missing');
    }
  });
});

it('is read from ranges of an index, in its order, without touching a row', async () => {
  // A table that is almost empty is read whole.
  await demo.database.rows(
    `SET SESSION cte_max_recursion_depth = 30000;
     INSERT INTO channel_reservations
       (reservation_id, product_id, partner_id, quantity, quantity_held, status, expires_at, created_at, pricing_snapshot)
     WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
     SELECT CONCAT('res_many_', i), 601, ?, 1, 1, 'expired', NOW(6), NOW(6) - INTERVAL 3 * i MINUTE, '{}' FROM n;
     ANALYZE TABLE channel_reservations`,
    [seller],
  );
  const others = Array.from({ length: 199 }, (_, n) => `partner-${n}`);
  for (const productId of [undefined, 601]) {
    const { sql, values } = cohort({
      partnerIds: [seller, ...others],
      productId,
      from: Date.now() - HOUR_MS,
      to: Date.now(),
    });
    const plan = await demo.database.rows<{ table: string; Extra: string }>(
      `EXPLAIN FORMAT=TRADITIONAL ${sql}`,
      values,
    );
    const steps = plan.filter(({ table }) => table === 'channel_reservations');
    expect(steps).toHaveLength(6);
    for (const step of steps) {
      expect(step).toMatchObject({ key: 'idx_reservations_partner_status', type: 'range' });
      expect(step.Extra).toContain('Using index');
      expect(step.Extra).not.toMatch(/temporary|filesort/);
    }
  }
});
