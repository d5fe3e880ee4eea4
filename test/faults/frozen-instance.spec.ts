import { setTimeout as sleep } from 'node:timers/promises';

import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';

import { databaseName } from '../../src/database/typeorm.js';
import { demoDatabase, env, type TestDatabase } from '../support/database.js';
import type { Service } from '../support/service.js';
import { range } from '../support/stock.js';
import { eventually } from '../support/wait.js';
import { Fleet } from './fleet.js';
import { times } from './form.js';
import { Load } from './load.js';
import { FaultReport } from './report.js';
import { verdict } from './verdict.js';

jest.setTimeout(180_000);

const GO_ON_MAX_MS = 10_000;
/** Clients of the frozen instance turn to the other one, under the same key. */
const PATIENCE_MS = 3_000;
const FREEZES_MAX = 60;
/** No living instance leaves a transaction alone for so long. */
const SILENT_MS = 400;

let database: TestDatabase;
let fleet: Fleet;
let root: Connection;

beforeAll(async () => {
  database = await demoDatabase();
  fleet = await Fleet.start(database.url, [{}, {}]);
  root = await createConnection(env('TEST_MYSQL_ROOT_URL'));
});
afterAll(async () => {
  await root.end();
  await fleet.end();
  await database.drop();
});

/** Connections that have the product's row locked and ask nothing. */
async function silentHolders(productId: number): Promise<number[]> {
  const [rows] = await root.query<RowDataPacket[]>(
    `SELECT DISTINCT t.PROCESSLIST_ID AS id
     FROM performance_schema.data_locks l JOIN performance_schema.threads t ON t.THREAD_ID = l.THREAD_ID
     WHERE l.OBJECT_SCHEMA = ? AND l.OBJECT_NAME = 'product_inventory' AND l.LOCK_TYPE = 'RECORD'
       AND l.LOCK_STATUS = 'GRANTED' AND l.LOCK_DATA = ? AND t.PROCESSLIST_COMMAND = 'Sleep'`,
    [databaseName(database.url), String(productId)],
  );
  return rows.map(({ id }) => id as number);
}

/** Stops the process, again and again, until that finds it with the row locked. @returns when it was stopped */
async function freezeWithRow({ process: victim }: Service, productId: number): Promise<number> {
  for (let tries = 0; tries < FREEZES_MAX; tries++) {
    victim.kill('SIGSTOP');
    const at = performance.now();
    await sleep(SILENT_MS / 2);
    const first = await silentHolders(productId);
    await sleep(SILENT_MS / 2);
    const still = await silentHolders(productId);
    if (first.some((id) => still.includes(id))) return at;
    victim.kill('SIGCONT');
    await sleep(Math.random() * 50);
  }
  throw new Error('the instance was never found with the row locked');
}

describe('an instance frozen while it holds the hot row', () => {
  const report = new FaultReport(
    'instance-frozen',
    'an instance stopped with SIGSTOP while it holds the hot row, and continued',
  );
  it.each(range(1, times({ long: 6, short: 1 })))(
    'does not stop the other, nor harm when it wakes, time %d',
    async () => {
      const load = await Load.start(database, fleet, PATIENCE_MS);
      await load.goesOn();
      const frozen = fleet.instance(0);
      const other = fleet.instance(1);
      const at = await freezeWithRow(frozen, load.products.hot);
      const first = load.book();
      await eventually('the other goes on', async () => {
        await load.client.attempt(other.api, first);
        return first.settled;
      });
      expect(performance.now() - at).toBeLessThan(GO_ON_MAX_MS);
      await load.goesOn();

      frozen.process.kill('SIGCONT');
      report.add(await verdict(database, fleet, load));
    },
  );
});
