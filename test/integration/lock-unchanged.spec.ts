import type { Statement } from '../../src/database/transaction.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { readAllocations } from '../../src/domain/allocation.js';
import { type InventoryRow, lockUnchanged } from '../../src/inventory/inventory.store.js';
import { bootApp, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { hold, holdInventory } from '../support/locks.js';
import { addProducts } from '../support/stock.js';
import { eventually } from '../support/wait.js';

/** The statement that locks a row only as it was known: everything that an optimistic batch may do hangs on it. */

const UNITS = 100;
/** A lock by name that has a transaction wait where the test wants it. */
const STOP = 'lock-unchanged.spec';

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
beforeEach(() => addProducts(database, [++product], { ota: UNITS, direct: UNITS }));

const as = (row: object = {}) => ({
  sellableCap: 2 * UNITS,
  movementSeq: 2,
  allocations: readAllocations({ ota: { allocated: UNITS }, direct: { allocated: UNITS } }),
  ...row,
});

/** Writes behind it, so that it is seen whether that was run. */
const attempt = (productId: number, was: InventoryRow, condition: Statement, then?: Statement) =>
  service.app.get(UnitOfWork).attempt({
    work: (tx) => {
      lockUnchanged(tx, productId, was, [condition]);
      if (then) tx.write(then.sql, then.values);
      tx.write('UPDATE products SET name = ? WHERE id = ?', ['written', product]);
      return Promise.resolve('done');
    },
    tookPlace: () => Promise.reject(new Error('whether it was committed is known')),
  });
const written = async (): Promise<boolean> =>
  (await database.rows<object>(`SELECT 1 FROM products WHERE id = ? AND name = 'written'`, [product])).length > 0;
const TRUE = { sql: '? = 1', values: [1] };
const FALSE = { sql: '? = 1', values: [2] };

it('lets the rest be written when all is as it was', async () => {
  expect(await attempt(product, as(), TRUE)).toBe('done');
  expect(await written()).toBe(true);
});

it.each([
  ['another cap', as({ sellableCap: 2 * UNITS + 1 }), TRUE],
  ['another number of the newest movement', as({ movementSeq: 1 }), TRUE],
  [
    'other units',
    as({ allocations: readAllocations({ ota: { allocated: UNITS, sold: 1 }, direct: { allocated: UNITS } }) }),
    TRUE,
  ],
  ['a channel less', as({ allocations: readAllocations({ ota: { allocated: UNITS } }) }), TRUE],
  ['a condition that does not hold', as(), FALSE],
  ['a condition that is unknown', as(), { sql: '? IS TRUE AND NULL', values: [1] }],
])('has nothing written when it finds %s', async (_, row, condition) => {
  expect(await attempt(product, row, condition)).toBeUndefined();
  expect(await written()).toBe(false);
});

it('has nothing written when there is no such row', async () => {
  expect(await attempt(9_999, as(), TRUE)).toBeUndefined();
  expect(await written()).toBe(false);
});

it('has nothing written when somebody else has the row', async () => {
  const lock = await holdInventory(database, product);
  expect(await attempt(product, as(), TRUE)).toBeUndefined();
  await lock.release();
  expect(await written()).toBe(false);
});

it('keeps the row until the transaction ends', async () => {
  const stop = await hold(database, 'SELECT GET_LOCK(?, 0)', [STOP]);
  const done = attempt(product, as(), TRUE, { sql: 'DO GET_LOCK(?, 10)', values: [STOP] });
  await eventually('it has the row', () =>
    database.rows('SELECT 1 FROM product_inventory WHERE product_id = ? FOR UPDATE NOWAIT', [product]).then(
      () => false,
      () => true,
    ),
  );
  await stop.connection.query('DO RELEASE_ALL_LOCKS()');
  await stop.release();
  expect(await done).toBe('done');
});
