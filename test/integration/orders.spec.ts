import { bootApp, PARTNER_A, PARTNER_B, type TestApp } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { holdUnits } from '../support/life.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range } from '../support/stock.js';

const demo = useDemoService();
beforeAll(() => addProducts(demo.database, [895], { ota: 1_000 }));
afterEach(() => expectSound(demo.database));

async function sell({ api }: Pick<TestApp, 'api'>, key = PARTNER_A): Promise<number> {
  const { reservation_id: id } = await holdUnits(api, 895, 1, key);
  const reply = await api.step(key, id, 'activate');
  if (reply.body.order_id === null) throw new Error(reply.text);
  return reply.body.order_id;
}

describe('order ids', () => {
  it('are each order’s own on two instances, past the end of the blocks that they take', async () => {
    const other = await bootApp(demo.database.url);
    const ids = await Promise.all(
      range(0, 240).map((n) => sell(n % 2 ? other : demo.service, n % 3 ? PARTNER_A : PARTNER_B)),
    );
    await other.close();
    expect(new Set(ids).size).toBe(240);
    const stored = await demo.database.rows<{ id: number }>('SELECT id FROM orders WHERE product_id = 895');
    expect(stored.map(({ id }) => id).sort((a, b) => a - b)).toEqual(ids.sort((a, b) => a - b));
  });

  it('are not given again after a restart', async () => {
    const before = await sell(demo.service);
    await demo.restart();
    expect(await sell(demo.service)).toBeGreaterThan(before);
  });

  it('go past orders that someone wrote by hand', async () => {
    await demo.database.rows(
      "INSERT INTO orders (id, product_id, partner_id, quantity, currency, total_amount) VALUES (50000, 895, 'partner-a', 1, 'CNY', 0)",
    );
    await demo.restart();
    expect(await sell(demo.service)).toBeGreaterThan(50_000);
  });
});

it('each has lines that add up to its units and its money', async () => {
  const odd = await demo.database.rows(
    `SELECT o.id FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id WHERE o.id <> 50000
     GROUP BY o.id HAVING SUM(l.quantity) <> MAX(o.quantity) OR SUM(l.amount) <> MAX(o.total_amount)
       OR SUM(l.amount <> l.quantity * l.unit_price) > 0 OR COUNT(l.order_id) = 0`,
  );
  expect(odd).toEqual([]);
});
