import { setTimeout as sleep } from 'node:timers/promises';

import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { lockInventory } from '../../src/inventory/inventory.store.js';
import type { Problem, Reply, Reserved } from '../support/api.js';
import { bootApp, PARTNER_A, PARTNER_B, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { hold, holdInventory, kill, waitForLockWaits } from '../support/locks.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range, reservationsOf, tally } from '../support/stock.js';
import { timed } from '../support/wait.js';

let database: TestDatabase;
let service: TestApp;
let other: TestApp;

beforeAll(async () => {
  database = await demoDatabase();
  [service, other] = await Promise.all([bootApp(database.url), bootApp(database.url)]);
  await addProducts(database, range(801, 20), { ota: 100 });
});
afterEach(() => expectSound(database));
afterAll(async () => {
  await Promise.all([service.close(), other.close()]);
  await database.drop();
});

const reserve = (
  productId: number,
  quantity = 1,
  { key = PARTNER_A, on = service } = {},
): Promise<Reply<Reserved & Problem>> => on.api.reserve<Reserved & Problem>(key, { product_id: productId, quantity });

const holdPartner = (id: string): ReturnType<typeof hold> =>
  hold(database, 'SELECT 1 FROM partners WHERE id = ? FOR UPDATE', [id]);

describe('a deadlock', () => {
  it('is retried, and every request of the batch is answered', async () => {
    // Whoever wrote least is the victim: this makes it the app.
    const held = await hold(
      database,
      `INSERT INTO customer_discounts (product_id, customer_type, amount)
       WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 500)
       SELECT 820, CONCAT('type', i), 1 FROM n`,
    );
    await held.connection.query("SELECT 1 FROM partners WHERE id = 'partner-a' FOR UPDATE");
    const replies = Promise.all(range(0, 10).map(() => reserve(801)));
    await waitForLockWaits(database, 1);
    // The app holds the inventory row and waits for the partner: waiting for the row closes the circle.
    await held.connection.query('SELECT 1 FROM product_inventory WHERE product_id = 801 FOR UPDATE');
    await held.release();

    expect(tally(await replies)).toEqual({ 201: 10 });
    expect(await reservationsOf(database, 801)).toHaveLength(10);
  });
});

describe('a lock wait timeout', () => {
  it('is retried', async () => {
    const held = await holdInventory(database, 802);
    const replies = timed(Promise.all(range(0, 5).map(() => reserve(802))));
    await sleep(3_700);
    await held.release();
    const { result, ms } = await replies;
    expect(tally(result)).toEqual({ 201: 5 });
    expect(ms).toBeGreaterThan(3_500);
    expect(await reservationsOf(database, 802)).toHaveLength(5);
  });

  it('is retried when it came while writing, which InnoDB does not roll back by itself', async () => {
    const held = await holdPartner('partner-b');
    const replies = Promise.all([reserve(803, 1, { key: PARTNER_B }), reserve(804, 2)]);
    await sleep(3_700);
    await held.release();
    expect(tally(await replies)).toEqual({ 201: 2 });
    expect(await reservationsOf(database, 803)).toHaveLength(1);
  });

  it('that does not end is answered 503 in bounded time, with nothing applied', async () => {
    const held = await holdInventory(database, 805);
    const replies = range(0, 5).map(() => timed(reserve(805)));
    const elsewhere = await timed(reserve(806));
    const refused = await Promise.all(replies);
    await held.release();

    expect(elsewhere.result.status).toBe(201);
    expect(elsewhere.ms).toBeLessThan(1_500);
    expect(tally(refused.map(({ result }) => result))).toEqual({ 503: 5 });
    for (const { result, ms } of refused) {
      expect(result.body.code).toMatch(/^(unavailable|overloaded)$/);
      expect(Number(result.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(ms).toBeLessThan(11_000);
    }
    expect(await reservationsOf(database, 805)).toEqual([]);
    expect((await reserve(805)).status).toBe(201);
  });
});

describe('a poisoned command', () => {
  /** Reserves these quantities of a product in one batch. */
  async function inOneBatch(productId: number, send: () => Promise<Reply<Reserved & Problem>>[]) {
    const held = await holdInventory(database, productId);
    const first = reserve(productId);
    await waitForLockWaits(database, 1);
    const batch = Promise.all(send());
    await sleep(150);
    await held.release();
    expect((await first).status).toBe(201);
    return batch;
  }

  it('fails alone when the database refuses its row', async () => {
    await database.rows(
      `CREATE TRIGGER poison BEFORE INSERT ON channel_reservations FOR EACH ROW
       IF NEW.quantity = 13 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'secret of the database'; END IF`,
    );
    const quantities = [1, 2, 13, 3, 4];
    const replies = await inOneBatch(807, () => quantities.map((quantity) => reserve(807, quantity)));
    await database.rows('DROP TRIGGER poison');

    expect(replies.map(({ status }) => status)).toEqual([201, 201, 500, 201, 201]);
    expect(replies[2]?.body.code).toBe('internal_error');
    expect(replies[2]?.text).not.toMatch(/secret|trigger|channel_reservations|INSERT/i);
    expect((await reservationsOf(database, 807)).map(({ quantity }) => quantity)).toEqual([1, 1, 2, 3, 4]);
  });

  it('fails alone when its partner is gone while its key is remembered', async () => {
    await reserve(808, 1, { key: PARTNER_B });
    const [partner] = await database.rows<Record<string, unknown>>("SELECT * FROM partners WHERE id = 'partner-b'");
    await database.rows(
      "SET FOREIGN_KEY_CHECKS = 0; DELETE FROM partners WHERE id = 'partner-b'; SET FOREIGN_KEY_CHECKS = 1",
    );
    const replies = await inOneBatch(808, () =>
      [PARTNER_A, PARTNER_B, PARTNER_A].map((key) => reserve(808, 1, { key })),
    );
    await database.rows('INSERT INTO partners (??) VALUES (?)', [
      Object.keys(partner ?? {}),
      Object.values(partner ?? {}),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([201, 500, 201]);
    expect(await reservationsOf(database, 808)).toHaveLength(4);
  });
});

describe('a disk of MySQL without room', () => {
  it.each([1021, 1114])('is answered 503 in bounded time, with nothing applied (error %d)', async (errno) => {
    await database.rows(
      `CREATE TRIGGER full BEFORE INSERT ON channel_reservations FOR EACH ROW
       SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${errno}, MESSAGE_TEXT = 'no room'`,
    );
    const { result, ms } = await timed(reserve(813));
    await database.rows('DROP TRIGGER full');
    expectProblem(result, 503, 'unavailable');
    expect(Number(result.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(ms).toBeLessThan(15_000);
    expect(await reservationsOf(database, 813)).toEqual([]);
    expect((await reserve(814)).status).toBe(201);
  });
});

describe('a connection killed by an administrator', () => {
  it('while it waits for the row is retried', async () => {
    const held = await holdInventory(database, 809);
    const replies = Promise.all(range(0, 3).map(() => reserve(809)));
    const [connection] = await waitForLockWaits(database, 1);
    await kill(connection ?? 0);
    await sleep(100);
    await held.release();
    expect(tally(await replies)).toEqual({ 201: 3 });
    expect(await reservationsOf(database, 809)).toHaveLength(3);
  });

  it('while it writes is retried', async () => {
    const held = await holdPartner('partner-a');
    const reply = reserve(810);
    const [connection] = await waitForLockWaits(database, 1);
    await kill(connection ?? 0);
    await sleep(100);
    await held.release();
    expect((await reply).status).toBe(201);
    expect(await reservationsOf(database, 810)).toHaveLength(1);
  });

  it('or only its statement is retried', async () => {
    const held = await holdInventory(database, 811);
    const reply = reserve(811);
    const [connection] = await waitForLockWaits(database, 1);
    await kill(connection ?? 0, 'QUERY');
    await sleep(100);
    await held.release();
    expect((await reply).status).toBe(201);
  });

  it('while it idles in the pool is not noticed', async () => {
    await Promise.all(range(801, 10).map((productId) => reserve(productId)));
    const idle = await database.rows<{ id: number }>(
      "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND COMMAND = 'Sleep'",
    );
    // All but those of the test's own pool would do; its own are opened anew as well.
    for (const { id } of idle) await kill(id).catch(() => undefined);
    await sleep(100);
    const replies = await Promise.all(range(801, 10).map((productId) => reserve(productId)));
    expect(tally(replies)).toEqual({ 201: 10 });
  });
});

describe('a transaction that is silent', () => {
  it('is ended by the server, so that another instance gets the row', async () => {
    const frozen = service.app.get(UnitOfWork).run({
      async work(tx) {
        await tx.read(lockInventory([812], 'wait'));
        await sleep(8_000); // as if the process had been stopped
        tx.write('UPDATE product_inventory SET movement_seq = movement_seq + 100 WHERE product_id = ?', [812]);
      },
      tookPlace: () => Promise.resolve(false),
    });
    const outcome = frozen.catch((error: unknown) => error);
    await sleep(200);
    const { result, ms } = await timed(reserve(812, 1, { on: other }));
    expect(result.status).toBe(201);
    expect(ms).toBeGreaterThan(3_000);
    expect(ms).toBeLessThan(7_000);
    expect(await outcome).toMatchObject({ code: 'unavailable' });
    expect(await reservationsOf(database, 812)).toHaveLength(1);
  });
});
