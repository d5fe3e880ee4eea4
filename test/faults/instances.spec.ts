import { demoDatabase, type TestDatabase } from '../support/database.js';
import { range } from '../support/stock.js';
import { Fleet } from './fleet.js';
import { times } from './form.js';
import { Load } from './load.js';
import { FaultReport } from './report.js';
import { verdict } from './verdict.js';

jest.setTimeout(120_000);

const INSTANCES = 3;

let database: TestDatabase;
let fleet: Fleet;

beforeAll(async () => {
  database = await demoDatabase();
  fleet = await Fleet.start(
    database.url,
    range(0, INSTANCES).map(() => ({})),
  );
});
afterAll(async () => {
  await fleet.end();
  await database.drop();
});

describe('three instances on one MySQL', () => {
  const one = new FaultReport(
    'instances-one-killed',
    'one of three instances, by chance, killed with SIGKILL under load',
  );
  it.each(range(1, times({ long: 12, short: 1 })))('lose and double nothing when one is killed, kill %d', async () => {
    const load = await Load.start(database, fleet);
    await load.goesOn();
    const victim = Math.floor(Math.random() * INSTANCES);
    await fleet.restart(victim);
    one.add(await verdict(database, fleet, load));
  });

  const all = new FaultReport('instances-all-killed', 'all three instances killed with SIGKILL at once, under load');
  it.each(range(1, times({ long: 4, short: 1 })))('lose and double nothing when all are, time %d', async () => {
    const load = await Load.start(database, fleet);
    await load.goesOn();
    await Promise.all(range(0, INSTANCES).map((n) => fleet.restart(n)));
    all.add(await verdict(database, fleet, load), INSTANCES);
  });
});
