import { createConnection } from 'mysql2/promise';

import { databaseName } from '../../src/database/typeorm.js';
import { unitsOfReservations } from '../../src/reservation/reservation.store.js';
import { OWN_SHOP, PARTNER_A } from '../support/app.js';
import { startCommand } from '../support/command.js';
import { emptyDatabase, env } from '../support/database.js';
import { useDemoService } from '../support/demo-service.js';
import { newestLines, setCounters, withoutTriggers } from '../support/drift.js';
import { endIn, holdUnits, state } from '../support/life.js';
import { hold } from '../support/locks.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

const demo = useDemoService();

const reconcile = (...args: string[]) => startCommand('reconcile', demo.database.url, args).ended;
/** The table's lines, without the padding. */
const lines = (output: string): string[] =>
  output
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('allotment:'))
    .map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
const HEADER = 'product | channel | number | counter | rows | ledger | limit';

let next = 500;
/** A product of its own for each test: 100 units of `direct`, 50 of `ota`, of which 3 are held and 2 sold. */
async function aProduct(): Promise<number> {
  const id = next++;
  await addProducts(demo.database, [id], { direct: 100, ota: 50 });
  await holdUnits(demo.api, id, 3);
  const sold = await holdUnits(demo.api, id, 2);
  expect((await demo.api.step(PARTNER_A, sold.reservation_id, 'activate')).status).toBe(200);
  return id;
}

/** Lines of the ledger that are gone stay gone, and `expectSound` would miss them. */
const remove = (id: number): Promise<unknown> =>
  demo.database.rows(
    `DELETE FROM inventory_movements WHERE product_id = ?; DELETE FROM product_inventory WHERE product_id = ?;
     DELETE FROM channel_reservations WHERE product_id = ?`,
    [id, id, id],
  );

afterEach(() => expectSound(demo.database));

describe('npm run reconcile', () => {
  it('says so and ends with 0 when all agree, overdue holds included', async () => {
    const id = await aProduct();
    const late = await holdUnits(demo.api, id, 7, OWN_SHOP);
    await endIn(demo.database, late.reservation_id, -1);
    const { code, output } = await reconcile();
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/^allotment: 4 products with 8 channels counted in \d+\.\d s: .* agree\n$/),
    });
  });

  it('shows what is off in a table, changes nothing and ends with 1', async () => {
    const [off, other] = [await aProduct(), await aProduct()];
    await setCounters(demo.database, off, 'ota', { reserved: 9 });
    await setCounters(demo.database, other, 'ota', { sold: 0 });
    await demo.database.rows('UPDATE product_inventory SET movement_seq = movement_seq + 2 WHERE product_id = ?', [
      other,
    ]);
    const before = await state(demo.database);

    const { code, output } = await reconcile();
    expect({ code, lines: lines(output) }).toEqual({
      code: 1,
      lines: [
        HEADER,
        `${off} | ota | reserved | 9 | 3 | 3 | -`,
        `${other} | ota | sold | 0 | 2 | 2 | -`,
        `${other} | - | movements | 7 | - | 5 | -`,
      ],
    });
    expect(output).toMatch(/counted in \d+\.\d s: 2 off\n$/);
    expect(await state(demo.database)).toEqual(before);

    const chosen = await reconcile('--product', String(off));
    expect(lines(chosen.output)).toEqual([HEADER, `${off} | ota | reserved | 9 | 3 | 3 | -`]);
    expect((await reconcile('--repair')).code).toBe(0);
    await remove(other);
  });

  it('repairs with a line in the ledger for each channel that was off, and none for the others', async () => {
    const id = await aProduct();
    await setCounters(demo.database, id, 'ota', { reserved: 0, sold: 4 });
    const { code, output } = await reconcile('--repair');
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringContaining(`product ${id}: repaired, ota reserved 0 -> 3, sold 4 -> 2 (movement 6)\n`),
    });
    expect(await newestLines(demo.database, id, 2)).toEqual([
      { seq: 6, channel_id: 'ota', kind: 'repaired', units: 5, allocated: 50, reserved: 3, sold: 2 },
      expect.objectContaining({ seq: 5, kind: 'activated' }),
    ]);
    await expectSound(demo.database);
    expect((await reconcile('--repair')).output).not.toContain('repaired');
    // And it sells.
    await holdUnits(demo.api, id, 45);
    expect(await demo.api.available(PARTNER_A, id)).toBe(0);
  });

  it.each<[string, string, RegExp]>([
    [
      'lost its end',
      'DELETE FROM inventory_movements WHERE product_id = ? AND seq = 5',
      /^\d+ \| ota \| reserved \| 3 \| 3 \| 5 \| -$/m,
    ],
    [
      'has lines that the counters know nothing of',
      'UPDATE product_inventory SET movement_seq = 3 WHERE product_id = ?',
      /^\d+ \| - \| movements \| 3 \| - \| 5 \| -$/m,
    ],
    [
      'lost all of it',
      'DELETE FROM inventory_movements WHERE product_id = ?',
      /^\d+ \| direct \| allocated \| 100 \| - \| - \| -$/m,
    ],
  ])('repairs a ledger that %s', async (_, sql, shown) => {
    const id = await aProduct();
    await demo.database.rows(sql, [id]);
    const found = await reconcile();
    expect({ code: found.code, text: lines(found.output).join('\n') }).toEqual({
      code: 1,
      text: expect.stringMatching(shown),
    });
    expect((await reconcile('--repair')).code).toBe(0);
    expect((await reconcile()).code).toBe(0);
    await holdUnits(demo.api, id, 1);
    expect((await reconcile()).code).toBe(0);
    await remove(id);
  });

  it('refuses to repair what has more reservations than units, repairs the rest, and says what to do', async () => {
    const [over, off] = [await aProduct(), await aProduct()];
    await demo.database.rows(
      'UPDATE channel_reservations SET quantity = 49, quantity_held = 49 WHERE product_id = ? AND status = ?',
      [over, 'active'],
    );
    await setCounters(demo.database, off, 'ota', { reserved: 4 });
    const before = await newestLines(demo.database, over, 1);
    const { code, output } = await reconcile('--repair');
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(`product ${off}: repaired`) });
    expect(output).toContain(
      `product ${over}: NOT repaired, the reservations of channel ota have 51 units (49 held, 2 sold), ` +
        '1 more than its allocation of 50: give it 1 more, or cancel reservations of 1. Then run it again\n',
    );
    expect(output).toMatch(/: 1 off\n$/);
    expect(await newestLines(demo.database, over, 1)).toEqual(before);

    await demo.database.rows(
      'UPDATE product_inventory SET sellable_cap = 151, channel_allocations = ? WHERE product_id = ?',
      [JSON.stringify({ direct: { allocated: 100 }, ota: { allocated: 51, reserved: 3, sold: 2 } }), over],
    );
    expect((await reconcile('--repair')).code).toBe(0);
  });

  it('finds what the triggers would have refused, and leaves it to a person', async () => {
    const id = await aProduct();
    await withoutTriggers(demo.database, async () => {
      await setCounters(demo.database, id, 'ota', { allocated: 4 });
    });
    const { code, output } = await reconcile('--repair', '--product', String(id));
    expect({ code, lines: lines(output) }).toEqual({
      code: 1,
      lines: [
        HEADER,
        `${id} | ota | allocated | 4 | - | 50 | -`,
        `${id} | ota | reserved + sold | 5 | 5 | - | 4`,
        `${id} | - | allocated in all | 104 | - | - | 150`,
      ],
    });
    expect(output).toContain("the channels' allocations sum to 104, and sellable_cap is 150");
    await setCounters(demo.database, id, 'ota', { allocated: 50 });
  });

  it('tells other programs in JSON, and nothing else on standard output', async () => {
    const id = await aProduct();
    await setCounters(demo.database, id, 'ota', { reserved: 5 });
    const args = ['--json', '--repair', '--product', String(id), '--product', String(id)];
    const run = startCommand('reconcile', demo.database.url, args);
    const { code } = await run.ended;
    expect({ code, report: JSON.parse(run.stdout()) as unknown }).toEqual({
      code: 0,
      report: {
        started_at: expect.stringMatching(/Z$/),
        seconds: expect.any(Number),
        products: 1,
        channels: 2,
        sound: true,
        differences: [{ product_id: id, channel_id: 'ota', number: 'reserved', counter: 5, rows: 3, ledger: 3 }],
        repairs: [{ product_id: id, outcome: 'repaired', movements: [6] }],
      },
    });
  });

  it('counts reservations in one index, without touching their rows', async () => {
    const { sql, values } = unitsOfReservations(106);
    const [plan] = await demo.database.rows<{ key: string; Extra: string }>(
      `EXPLAIN FORMAT=TRADITIONAL ${sql}`,
      values,
    );
    expect(plan).toMatchObject({ key: 'idx_reservations_overdue', Extra: expect.stringContaining('Using index') });
    expect(plan?.Extra).not.toContain('Using index condition');
  });

  it('waits for no lock when it only looks', async () => {
    const id = await aProduct();
    await setCounters(demo.database, id, 'ota', { reserved: 5 });
    const lock = await hold(
      demo.database,
      'SELECT 1 FROM product_inventory, channel_reservations, inventory_movements WHERE product_inventory.product_id = ? FOR UPDATE',
      [id],
    );
    const { code } = await reconcile();
    await lock.release();
    expect(code).toBe(1);
    expect((await reconcile('--repair')).code).toBe(0);
  });

  it.each([
    ['an unknown option', ['--fix'], "Unknown option '--fix'"],
    ['a stray word', ['106'], "Unexpected argument '106'"],
    ['a product that is no number', ['--product', '1e3'], "'1e3' is no product's number"],
    ['a product that is not there', ['--product', '99'], 'There is no product 99'],
  ])('ends with 2 for %s', async (_, args, message) => {
    const { code, output } = await reconcile(...args);
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining(message) });
  });

  it('ends with 2 when it could not be told', async () => {
    const empty = await emptyDatabase();
    const { code, output } = await startCommand('reconcile', empty.url, []).ended;
    await empty.drop();
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining('has not been migrated') });
  });

  it('looks with no right but to read', async () => {
    const user = `allotment_look_${process.pid}`;
    const root = await createConnection({ uri: env('TEST_MYSQL_ROOT_URL'), multipleStatements: true });
    const url = new URL(demo.database.url);
    url.username = user;
    url.password = 'secret';
    try {
      await root.query(
        `CREATE USER '${user}'@'%' IDENTIFIED BY 'secret'; GRANT SELECT ON ${databaseName(demo.database.url)}.* TO '${user}'@'%'`,
      );
      const { code, output } = await startCommand('reconcile', url.href, []).ended;
      expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('agree') });
    } finally {
      await root.query(`DROP USER '${user}'@'%'`);
      await root.end();
    }
  });
});
