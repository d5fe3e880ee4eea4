import { type Cut, type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/wait.js';
import { Fleet } from './fleet.js';
import { times } from './form.js';
import { Load } from './load.js';
import { FaultReport } from './report.js';
import { verdict } from './verdict.js';

jest.setTimeout(240_000);

const CUTS = times({ long: 100, short: 10 });

let database: TestDatabase;
let proxy: CuttingProxy;
let fleet: Fleet;

beforeAll(async () => {
  database = await demoDatabase();
  proxy = await startCuttingProxy(database.url);
  fleet = await Fleet.start(proxy.url, [{}]);
});
afterAll(async () => {
  await fleet.end();
  await proxy.close();
  await database.drop();
});

describe('connections cut under load', () => {
  const reports: Readonly<Record<Cut, FaultReport>> = {
    before: new FaultReport('commit-cut-before', 'the connection cut before COMMIT reached MySQL'),
    after: new FaultReport('commit-cut-after', 'the connection cut between COMMIT and its answer'),
    late: new FaultReport('commit-cut-late', 'the connection cut, and COMMIT delivered 0.4 s later'),
  };
  const ways: readonly [Cut, string][] = [
    ['before', 'before COMMIT reached MySQL'],
    ['after', 'between COMMIT and its answer'],
    ['late', 'before COMMIT reached MySQL, which got it all the same'],
  ];
  it.each(ways)('%s COMMIT: nothing is lost, nothing is doubled', async (how, what) => {
    const report = reports[how];
    const load = await Load.start(database, fleet);
    await load.goesOn();
    const before = proxy.cuts;
    proxy.cutCommits(how, CUTS);
    await eventually(`cut ${what}`, () => proxy.cuts === before + CUTS, 120_000);
    const judged = await verdict(database, fleet, load);
    expect(judged.unknown).toBe(0);
    report.add(judged, CUTS);
  });
});
