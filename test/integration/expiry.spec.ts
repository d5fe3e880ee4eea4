import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import { bootApp, type LogLine, OWN_SHOP, PARTNER_A, PARTNER_B, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, makeOverdue, range, reservationsOf, tally } from '../support/stock.js';
import { eventually } from '../support/wait.js';

let database: TestDatabase;
let apps: [TestApp, TestApp];

beforeAll(async () => {
  database = await demoDatabase();
  apps = await Promise.all([
    bootApp(database.url, { EXPIRY_BATCH_MAX: '10' }),
    bootApp(database.url, { EXPIRY_BATCH_MAX: '10' }),
  ]);
});
afterEach(() => expectSound(database));
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await database.drop();
});

const runJob = ({ app }: TestApp): Promise<number> => app.get(ExpiryJob).run();

/** Reservations that the instances say they released, of the products given. */
const released = (instances: readonly TestApp[], productIds: readonly number[]): unknown[] =>
  instances
    .flatMap(({ log }) => log)
    .filter(({ msg, product_id }) => msg === 'ota.reservation.expired' && productIds.includes(product_id as number))
    .map(({ reservation_id }) => reservation_id);

async function reserve(productId: number, count: number, key = PARTNER_A, quantity = 1): Promise<string[]> {
  const replies = await Promise.all(
    range(0, count).map(() => apps[0].api.reserve(key, { product_id: productId, quantity })),
  );
  expect(tally(replies)).toEqual({ 201: count });
  return replies.map(({ body }) => body.reservation_id).sort();
}

const statuses = async (productId: number): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { status } of await reservationsOf(database, productId)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

describe('the job', () => {
  it('releases what is overdue once, in bounded batches, and tells each', async () => {
    await addProducts(database, [501], { ota: 100, direct: 20 });
    const overdue = [...(await reserve(501, 30)), ...(await reserve(501, 5, PARTNER_B, 2))].sort();
    await makeOverdue(database, [501]);
    const [kept] = await reserve(501, 1, OWN_SHOP, 7);

    expect(await runJob(apps[0])).toBe(35);
    expect(await runJob(apps[0])).toBe(0);
    expect(await runJob(apps[1])).toBe(0);

    expect(released(apps, [501]).sort()).toEqual(overdue);
    expect(await statuses(501)).toEqual({ expired: 35, active: 1 });
    expect((await reservationsOf(database, 501)).find(({ status }) => status === 'active')?.reservation_id).toBe(kept);
    expect(await apps[0].api.available(PARTNER_A, 501)).toBe(100);
    expect(await apps[0].api.available(OWN_SHOP, 501)).toBe(13);

    const batches = await database.rows<{ holds: number; kinds: number }>(
      `SELECT COUNT(*) AS holds, COUNT(DISTINCT occurred_at) AS kinds FROM inventory_movements
       WHERE product_id = 501 AND kind = 'expired' GROUP BY batch_id`,
    );
    expect(batches.map(({ holds }) => holds).sort()).toEqual([10, 10, 10, 5]);
    const unreleased = await database.rows(
      `SELECT reservation_id FROM channel_reservations
       WHERE product_id = 501 AND (status = 'expired') <> (released_at IS NOT NULL)`,
    );
    expect(unreleased).toEqual([]);
  });

  it('wakes when the next hold falls due, however long its interval is', async () => {
    await addProducts(database, [509], { ota: 10 });
    const [, short] = await Promise.all([
      reserve(509, 1),
      apps[0].api.reserve(PARTNER_A, {
        product_id: 509,
        quantity: 4,
        reservation_expires_at: new Date(Date.now() + 2_000).toISOString(),
      }),
    ]);
    expect(short.status).toBe(201);
    const third = await bootApp(database.url, { EXPIRY_INTERVAL_SECONDS: '86400' });
    await eventually('it is released', async () => (await statuses(509))['expired'] === 1);
    expect(await statuses(509)).toEqual({ active: 1, expired: 1 });
    expect(released([third], [509])).toEqual([short.body.reservation_id]);
    await third.close();
  });

  it('releases the oldest first', async () => {
    await addProducts(database, [502], { ota: 20 });
    const ids = await reserve(502, 12);
    for (const [n, id] of ids.entries()) {
      const minutes = ((n * 5) % 12) + 1;
      await database.rows(
        'UPDATE channel_reservations SET expires_at = NOW(6) - INTERVAL ? MINUTE WHERE reservation_id = ?',
        [minutes, id],
      );
    }
    await runJob(apps[0]);
    const order = await database.rows<{ expires_at: Date }>(
      `SELECT r.expires_at FROM inventory_movements m JOIN channel_reservations r USING (reservation_id)
       WHERE m.product_id = 502 AND m.kind = 'expired' ORDER BY m.seq`,
    );
    const times = order.map(({ expires_at }) => expires_at.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times).toHaveLength(12);
  });

  it('leaves alone what is not overdue, and what left active already', async () => {
    await addProducts(database, [503], { ota: 20 });
    const [done] = await reserve(503, 3);
    await database.rows(
      "UPDATE channel_reservations SET status = 'cancelled', released_at = NOW(6), expires_at = NOW(6) - INTERVAL 1 DAY WHERE reservation_id = ?",
      [done],
    );
    expect(await runJob(apps[0])).toBe(0);
    expect(await statuses(503)).toEqual({ active: 2, cancelled: 1 });
    await database.rows(
      "UPDATE channel_reservations SET status = 'active', released_at = NULL WHERE reservation_id = ?",
      [done],
    );
    expect(await runJob(apps[0])).toBe(1);
  });

  it('covers all products and channels', async () => {
    const products = range(510, 15);
    await addProducts(database, products, { ota: 10, direct: 10 });
    await Promise.all(products.flatMap((product) => [reserve(product, 2), reserve(product, 2, OWN_SHOP)]));
    await makeOverdue(database, products);
    expect(await runJob(apps[0])).toBe(60);
    for (const product of products) expect(await statuses(product)).toEqual({ expired: 4 });
  });

  it('releases each hold once when two instances run it at the same time', async () => {
    const products = range(530, 6);
    await addProducts(database, products, { ota: 60 });
    const overdue = (await Promise.all(products.map((product) => reserve(product, 30)))).flat().sort();
    await makeOverdue(database, products);
    const counts = await Promise.all([runJob(apps[0]), runJob(apps[1]), runJob(apps[0]), runJob(apps[1])]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(180);
    expect(released(apps, products).sort()).toEqual(overdue);
  });

  it('runs by itself', async () => {
    await addProducts(database, [540], { ota: 10 });
    await reserve(540, 4);
    await makeOverdue(database, [540]);
    const scheduled = await bootApp(database.url, { EXPIRY_INTERVAL_SECONDS: '1' });
    await eventually('expired holds', async () => (await statuses(540))['expired'] === 4);
    await reserve(540, 2);
    await makeOverdue(database, [540]);
    await eventually('a second round', async () => (await statuses(540))['expired'] === 6);
    await scheduled.close();
    expect(released([scheduled], [540])).toHaveLength(6);
  });

  it('leaves a product that it cannot write for the next round, and others do not wait for it', async () => {
    await addProducts(database, [541, 542], { ota: 10 });
    await Promise.all([reserve(541, 1), reserve(542, 1)]);
    await makeOverdue(database, [541, 542]);
    await database.rows(
      `CREATE TRIGGER broken BEFORE UPDATE ON channel_reservations FOR EACH ROW
       IF NEW.product_id = 541 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'broken'; END IF`,
    );
    const scheduled = await bootApp(database.url, { EXPIRY_INTERVAL_SECONDS: '1' });
    try {
      const isFailure = (line: LogLine): boolean => line['level'] === 50 && line['product_id'] === 541;
      await eventually('a failure in the log', () => scheduled.log.some(isFailure));
      await eventually('the other hold is expired', async () => (await statuses(542))['expired'] === 1);
      expect(await statuses(541)).toEqual({ active: 1 });
      await database.rows('DROP TRIGGER broken');
      await eventually('an expired hold', async () => (await statuses(541))['expired'] === 1);
    } finally {
      await database.rows('DROP TRIGGER IF EXISTS broken');
      await scheduled.close();
    }
  });
});

describe('a late reserve', () => {
  it('gets the units of overdue holds while the job releases them, and each is released once', async () => {
    const products = range(600, 100);
    await addProducts(database, products, { ota: 6 });
    for (const round of range(1, 3)) {
      const take = (): Promise<number[]> =>
        Promise.all(
          products.map(async (product_id, n) => {
            const reply = await apps[n % 2 ? 1 : 0].api.reserve(PARTNER_A, { product_id, quantity: 6 });
            return reply.status;
          }),
        );
      if (round === 1) expect(new Set(await take())).toEqual(new Set([201]));
      await makeOverdue(database, products);
      const [late] = await Promise.all([take(), runJob(apps[0]), runJob(apps[1])]);
      expect(new Set(late)).toEqual(new Set([201]));

      const odd = await database.rows(
        `SELECT product_id, SUM(kind = 'expired') AS releases, SUM(kind = 'reserved') AS holds
         FROM inventory_movements WHERE product_id IN (?) GROUP BY product_id HAVING releases <> ? OR holds <> ?`,
        [products, round, round + 1],
      );
      expect(odd).toEqual([]);
    }
    const ids = released(apps, products);
    expect(ids).toHaveLength(300);
    expect(new Set(ids).size).toBe(300);
  });

  it('releases no more than it needs, oldest first', async () => {
    await addProducts(database, [710], { ota: 10 });
    await reserve(710, 5, PARTNER_A, 2);
    await makeOverdue(database, [710]);
    expect((await apps[0].api.reserve(PARTNER_B, { product_id: 710, quantity: 3 })).status).toBe(201);
    expect(await statuses(710)).toEqual({ expired: 2, active: 4 });
    expect(await apps[1].api.available(PARTNER_A, 710)).toBe(7);
    expect(await runJob(apps[1])).toBe(3);
  });
});
