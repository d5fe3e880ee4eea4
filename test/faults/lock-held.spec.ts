import { setTimeout as sleep } from 'node:timers/promises';

import { PARTNER_A } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { holdInventory } from '../support/locks.js';
import { range } from '../support/stock.js';
import { Fleet } from './fleet.js';
import { times } from './form.js';
import { Load } from './load.js';
import { FaultReport } from './report.js';
import { verdict } from './verdict.js';

jest.setTimeout(120_000);

/** Longer than the lock timeout (3 s), the retries (5 s) and the wait in the queue (5 s). */
const HELD_MS = 9_000;

let database: TestDatabase;
let fleet: Fleet;

beforeAll(async () => {
  database = await demoDatabase();
  fleet = await Fleet.start(database.url, [{}, {}]);
});
afterAll(async () => {
  await fleet.end();
  await database.drop();
});

describe('a lock on the hot row held by a stranger', () => {
  const report = new FaultReport('lock-held', `a stranger locks the hot row for ${HELD_MS / 1000} s`);
  it.each(range(1, times({ long: 3, short: 1 })))('stops that product only, and heals, time %d', async () => {
    const load = await Load.start(database, fleet);
    await load.goesOn();
    const held = await holdInventory(database, load.products.hot);
    const { unavailable } = load.client.counts;
    // Another product is sold meanwhile, by each instance.
    for (const api of fleet.apis) {
      const elsewhere = load.book(load.products.scarce);
      await load.client.attempt(api, elsewhere);
      expect(elsewhere.settled).toBe(true);
      expect((await api.inventory(PARTNER_A)).status).toBe(200);
    }
    await sleep(HELD_MS);
    expect(load.client.counts.unavailable).toBeGreaterThan(unavailable);
    await held.release();
    report.add(await verdict(database, fleet, load));
  });
});
