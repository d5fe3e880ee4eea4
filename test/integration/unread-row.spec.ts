import type { Statement } from '../../src/database/transaction.js';
import { isRowTaken } from '../../src/database/mysql-errors.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { type Locked, lockedUnread, UnreadRow, withMoments } from '../../src/inventory/unread-row.js';
import { bootApp, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { hold, holdInventory, waitForLockWaits } from '../support/locks.js';
import { addProducts } from '../support/stock.js';
import { eventually } from '../support/wait.js';

/** The packet that locks a row and adds to it unread: everything that an optimistic batch may do hangs on it. */

const UNITS = 100;
const SOLD = 10;
const RESERVED = 20;
const FREE = UNITS - SOLD - RESERVED;
/** A lock by name that has a transaction wait where the test wants it. */
const STOP = 'unread-row.spec';

let database: TestDatabase;
let service: TestApp;
let product = 800;

beforeAll(async () => {
  database = await demoDatabase();
  service = await bootApp(database.url);
});
afterAll(async () => {
  await service.close();
  await database.drop();
});
beforeEach(async () => {
  await addProducts(database, [++product], { ota: UNITS, direct: UNITS });
  await database.rows('UPDATE product_inventory SET channel_allocations = ? WHERE product_id = ?', [
    // Of direct neither reserved nor sold units are told: a missing number is 0.
    JSON.stringify({ ota: { allocated: UNITS, reserved: RESERVED, sold: SOLD }, direct: { allocated: UNITS } }),
    product,
  ]);
});

const TRUE = { sql: '? = 1', values: [1] };
const FALSE = { sql: '? = 1', values: [2] };

interface Asked {
  readonly wanted?: Readonly<Record<string, number>>;
  readonly productId?: number;
  readonly mayWait?: boolean;
  readonly and?: Statement;
  readonly within?: readonly [since: number, until: number];
  readonly then?: Statement;
}

/** Locks, and saves behind it, so that it is seen whether that was run. */
async function attempt(asked: Asked = {}): Promise<Locked | undefined> {
  const { wanted = { ota: 1 }, productId = product, mayWait = false, and = TRUE, within, then } = asked;
  const ended = await service.app.get(UnitOfWork).attempt({
    work: (tx) => {
      const row = new UnreadRow(productId, new Map(Object.entries(wanted)));
      row.lock(tx, mayWait, and);
      if (within) row.within(tx, ...within);
      if (then) tx.write(then.sql, then.values);
      row.save(tx, 3);
      return Promise.resolve(tx.askWithWrites(lockedUnread()));
    },
    tookPlace: () => Promise.reject(new Error('whether it was committed is known')),
  });
  if ('cause' in ended) lastCause = ended.cause;
  return 'result' in ended ? ended.result() : undefined;
}
let lastCause: unknown;

const stored = async () =>
  (
    await database.rows<{ channel_allocations: object; movement_seq: number }>(
      'SELECT channel_allocations, movement_seq FROM product_inventory WHERE product_id = ?',
      [product],
    )
  )[0];
const databaseTime = async (): Promise<number> =>
  (await database.rows<{ now: Date }>('SELECT SYSDATE(3) AS now'))[0]?.now.getTime() ?? NaN;

it.each([
  ['one unit', { ota: 1 }],
  ['the last units', { ota: FREE }],
  ['the last units of a channel that never had any taken', { direct: UNITS }],
  ['units of two channels', { ota: FREE, direct: 7 }],
])('reserves %s, and touches nothing else', async (_, wanted: { ota?: number; direct?: number }) => {
  const before = await databaseTime();
  const locked = await attempt({ wanted });
  expect(locked?.now).toBeGreaterThanOrEqual(before);
  expect(locked?.now).toBeLessThanOrEqual(await databaseTime());
  expect(await stored()).toEqual({
    channel_allocations: {
      ota: { allocated: UNITS, reserved: RESERVED + (wanted.ota ?? 0), sold: SOLD },
      direct: { allocated: UNITS, ...(wanted.direct !== undefined && { reserved: wanted.direct }) },
    },
    movement_seq: 5,
  });
});

it.each<[string, Asked]>([
  ['a unit more than is free', { wanted: { ota: FREE + 1 } }],
  ['a unit too many of the second channel', { wanted: { ota: 1, direct: UNITS + 1 } }],
  ['a unit too many of the first channel', { wanted: { ota: FREE + 1, direct: 1 } }],
  ['units of a channel that has no share', { wanted: { retail: 1 } }],
  ['units of a product that has no row', { productId: 9_999 }],
  ['units on a condition that does not hold', { and: FALSE }],
  ['units on a condition that is unknown', { and: { sql: '? IS TRUE AND NULL', values: [1] } }],
  ['units before it is time', { within: [Date.now() + 600_000, Date.now() + 900_000] }],
  ['units when it is too late', { within: [Date.now() - 900_000, Date.now() - 600_000] }],
])('has nothing written when it is asked for %s', async (_, asked) => {
  // What an earlier packet on this connection left in its variables says nothing.
  expect(await attempt({ wanted: { direct: 1 } })).toBeDefined();
  const before = await stored();
  expect(await attempt(asked)).toBeUndefined();
  expect(await stored()).toEqual(before);
});

it('lets the rest be written in time', async () => {
  expect(await attempt({ within: [Date.now() - 600_000, Date.now() + 600_000] })).toBeDefined();
});

it('fails at once when somebody else has the row and it may not wait', async () => {
  const before = await stored();
  const lock = await holdInventory(database, product);
  expect(await attempt()).toBeUndefined();
  expect(isRowTaken(lastCause)).toBe(true);
  await lock.release();
  expect(await stored()).toEqual(before);
});

it('waits for the row, and goes by what it then says', async () => {
  const lock = await holdInventory(database, product);
  const waiting = attempt({ wanted: { direct: UNITS - 1 }, mayWait: true });
  const tooMany = attempt({ wanted: { direct: 2 }, mayWait: true });
  await waitForLockWaits(database, 2);
  const heldAt = await databaseTime();
  await lock.release();
  const [first, second] = await Promise.all([waiting, tooMany]);
  // Whichever was first: there is room for one of them.
  expect([first, second].filter((of) => of !== undefined)).toHaveLength(1);
  const locked = first ?? second;
  expect(locked?.now).toBeGreaterThanOrEqual(heldAt);
  expect(locked?.waitedSeconds).toBeGreaterThan(0);
});

it('keeps the row, from readers that lock too, until the transaction ends', async () => {
  const stop = await hold(database, 'SELECT GET_LOCK(?, 0)', [STOP]);
  const done = attempt({ then: { sql: 'DO GET_LOCK(?, 10)', values: [STOP] } });
  await eventually('it has the row', () =>
    database.rows('SELECT 1 FROM product_inventory WHERE product_id = ? FOR SHARE NOWAIT', [product]).then(
      () => false,
      () => true,
    ),
  );
  await stop.connection.query('DO RELEASE_ALL_LOCKS()');
  await stop.release();
  expect(await done).toBeDefined();
});

it('puts moments into a text, and takes nothing else of it for one', async () => {
  const row = new UnreadRow(product, new Map());
  const text = `{"a":"1970-01-01T00:00:00.000Z","b":"1970-01-01T00:15:00.000Z","c":"it's ? \\\\ $&"}`;
  const [made] = await database.rows<{ text: string }>(
    `SELECT ${withMoments(text, [
      ['1970-01-01T00:00:00.000Z', row.now],
      ['1970-01-01T00:15:00.000Z', row.after(900_000)],
    ])
      .toSqlString()
      .replaceAll('@now', `TIMESTAMP'2026-12-31 23:50:00.007'`)} AS text`,
  );
  expect(made?.text).toBe(`{"a":"2026-12-31T23:50:00.007Z","b":"2027-01-01T00:05:00.007Z","c":"it's ? \\\\ $&"}`);
});
