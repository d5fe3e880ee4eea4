import { demoDatabase, type TestDatabase } from '../support/database.js';
import { range } from '../support/stock.js';
import { Fleet } from './fleet.js';
import { times } from './form.js';
import { Load } from './load.js';
import { FaultReport } from './report.js';
import { verdict } from './verdict.js';

jest.setTimeout(120_000);

let database: TestDatabase;
let fleet: Fleet;

beforeAll(async () => {
  database = await demoDatabase();
  fleet = await Fleet.start(database.url, [{}]);
});
afterAll(async () => {
  await fleet.end();
  await database.drop();
});

describe('the API killed with SIGKILL under load', () => {
  const report = new FaultReport('api-sigkill', 'the only instance killed with SIGKILL under load, and started anew');
  it.each(range(1, times({ long: 20, short: 3 })))('loses and doubles nothing, kill %d', async () => {
    const load = await Load.start(database, fleet);
    await load.goesOn();
    expect(await fleet.restart(0, 'SIGKILL')).toBeNull();
    const judged = await verdict(database, fleet, load);
    expect(judged.broken).toBeGreaterThan(0);
    report.add(judged);
  });
});

describe('the API stopped with SIGTERM under load', () => {
  const report = new FaultReport('api-sigterm', 'the only instance stopped with SIGTERM under load, and started anew');
  it.each(range(1, times({ long: 5, short: 1 })))('loses not one answered request, stop %d', async () => {
    const load = await Load.start(database, fleet);
    await load.goesOn();
    expect(await fleet.restart(0, 'SIGTERM')).toBe(0);
    const judged = await verdict(database, fleet, load);
    expect(judged.broken + judged.unavailable).toBeGreaterThan(0);
    report.add(judged);
  });
});
