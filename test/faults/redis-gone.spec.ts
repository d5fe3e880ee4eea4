import type { Reply } from '../support/api.js';
import { PARTNER_A } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { FETCH_MAX_MS } from '../support/debian-tools.js';
import { addKey, addPartner } from '../support/partners.js';
import { tally } from '../support/stock.js';
import { eventually } from '../support/wait.js';
import { Fleet } from './fleet.js';
import { times } from './form.js';
import { Load } from './load.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { FaultReport } from './report.js';
import { verdict } from './verdict.js';

jest.setTimeout(240_000);

const INSTANCES = 2;
const LIMIT = 10;
const ASKED = 30;

let database: TestDatabase;
let redis: RedisServer;
let fleet: Fleet;

beforeAll(async () => {
  redis = await startRedis();
  database = await demoDatabase();
  await database.rows('UPDATE partners SET requests_per_minute_max = 1000000');
  const own = { REDIS_URL: redis.url, RATE_LIMIT: 'on' };
  fleet = await Fleet.start(database.url, [own, own]);
}, FETCH_MAX_MS);
afterAll(async () => {
  await fleet.end();
  await redis.stop();
  await database.drop();
});

/** Requests of a new partner, one after the other, by turns at the instances. @returns how many were served; the rest got 429 */
async function servedOfNewPartner(): Promise<number> {
  const id = `limited-${Math.random().toString(36).slice(2)}`;
  await addPartner(database, id);
  await addKey(database, id, `${id}-key`);
  await database.rows('UPDATE partners SET requests_per_minute_max = ? WHERE id = ?', [LIMIT, id]);
  const replies: Reply[] = [];
  for (let n = 0; n < ASKED; n++) {
    const { api } = fleet.instance(n % INSTANCES);
    replies.push(await api.get(`${id}-key`, '/api/ota/inventory'));
  }
  const { 200: served = 0, 429: limited = 0 } = tally(replies);
  expect(served + limited).toBe(ASKED);
  return served;
}

/** A Redis that is slow for a moment, on a busy machine, has an instance count alone. */
async function expectServed(units: number): Promise<void> {
  await eventually(`${units} are served`, async () => (await servedOfNewPartner()) === units, 60_000);
}

/** Waits until every instance counts there. */
async function untilCountedTogether(): Promise<void> {
  for (const api of fleet.apis) {
    await eventually('an instance counts in Redis', async () => {
      const before = await redis.counted('partner-a');
      await api.inventory(PARTNER_A);
      return (await redis.counted('partner-a')) > before;
    });
  }
}

const FAULTS = [
  {
    fault: 'killed',
    make: () => redis.signal('SIGKILL'),
    undo: () => redis.start(),
    report: new FaultReport('redis-killed', 'Redis killed with SIGKILL under load, and started anew'),
  },
  {
    fault: 'frozen',
    make: () => redis.signal('SIGSTOP'),
    undo: () => redis.signal('SIGCONT'),
    report: new FaultReport('redis-frozen', 'Redis stopped with SIGSTOP under load, and continued'),
  },
] as const;

describe.each(FAULTS.slice(0, times({ long: 2, short: 1 })))('Redis $fault under load', ({ make, undo, report }) => {
  it('leaves each instance to its own limits, and every request is served', async () => {
    await untilCountedTogether();
    await expectServed(LIMIT);

    const load = await Load.start(database, fleet);
    await load.goesOn();
    make();
    await load.goesOn();
    await expectServed(LIMIT * INSTANCES);
    const judged = await verdict(database, fleet, load);
    expect(judged).toMatchObject({ unavailable: 0, unknown: 0, broken: 0 });
    report.add(judged);

    await undo();
    await untilCountedTogether();
    await expectServed(LIMIT);
  });
});
