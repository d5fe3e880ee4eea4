import { setTimeout as sleep } from 'node:timers/promises';

import type { Problem, Reserved } from '../support/api.js';
import { PARTNER_A } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { FETCH_MAX_MS, libfaketime } from '../support/debian-tools.js';
import { expectProblem } from '../support/problem.js';
import { addProducts } from '../support/stock.js';
import { eventually } from '../support/wait.js';
import { Fleet } from './fleet.js';
import { Load } from './load.js';
import { FaultReport } from './report.js';
import { verdict } from './verdict.js';

jest.setTimeout(120_000);

const HOUR_S = 3_600;
const OFF_BY_S = [HOUR_S, 0, -HOUR_S] as const;
const PRODUCT = 1_501;
const HOLD_S = 8;
/** Of a busy machine. */
const TOLERANCE_S = 60;

let database: TestDatabase;
let fleet: Fleet;

beforeAll(async () => {
  const library = await libfaketime();
  database = await demoDatabase();
  await addProducts(database, [PRODUCT], { ota: 100 });
  fleet = await Fleet.start(
    database.url,
    OFF_BY_S.map((seconds) => ({
      LD_PRELOAD: library,
      FAKETIME: `${seconds < 0 ? '' : '+'}${seconds}`,
      // Timers go by this clock, which nobody sets.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      EXPIRY_INTERVAL_SECONDS: '1',
    })),
  );
}, FETCH_MAX_MS);
afterAll(async () => {
  await fleet.end();
  await database.drop();
});

/** So many seconds from now, by the database's clock. */
async function inSeconds(seconds: number): Promise<string> {
  const [row] = await database.rows<{ at: Date }>('SELECT SYSDATE(3) + INTERVAL ? SECOND AS at', [seconds]);
  return row?.at.toISOString() ?? '';
}

describe('instances whose clocks are an hour apart', () => {
  const report = new FaultReport(
    'clocks-apart',
    'three instances whose clocks are an hour fast, right and an hour slow',
  );

  it('are so', async () => {
    for (const [n, api] of fleet.apis.entries()) {
      const { headers } = await api.send('/health/live');
      const offBy = (Date.parse(headers.get('date') ?? '') - Date.now()) / 1000;
      expect(Math.abs(offBy - (OFF_BY_S[n] ?? NaN))).toBeLessThan(TOLERANCE_S);
    }
  });

  it('go by the database’s clock for what may be asked', async () => {
    for (const api of fleet.apis) {
      const reserve = async <T>(seconds: number) =>
        api.reserve<T>(PARTNER_A, {
          product_id: PRODUCT,
          quantity: 1,
          reservation_expires_at: await inSeconds(seconds),
        });
      expectProblem(await reserve<Problem>(-HOUR_S / 2), 422, 'expiry_out_of_range');
      expect((await reserve<Reserved>(HOUR_S / 2)).status).toBe(201);
    }
  });

  it('release a hold when it is due by the database’s clock, not before', async () => {
    const due = await inSeconds(HOLD_S);
    const holds = await Promise.all(
      fleet.apis.map((api) =>
        api.reserve(PARTNER_A, { product_id: PRODUCT, quantity: 1, reservation_expires_at: due }),
      ),
    );
    expect(holds.map(({ status }) => status)).toEqual([201, 201, 201]);
    const ids = holds.map(({ body }) => body.reservation_id);
    const released = (): Promise<{ early: number; late: number }[]> =>
      database.rows(
        `SELECT TIMESTAMPDIFF(MICROSECOND, released_at, expires_at) > 0 AS early,
           TIMESTAMPDIFF(SECOND, expires_at, released_at) AS late
         FROM channel_reservations WHERE reservation_id IN (?) AND released_at IS NOT NULL`,
        [ids],
      );
    await sleep(2_000); // two rounds of each instance's expiry job
    expect(await released()).toEqual([]);
    await eventually('all three are released', async () => (await released()).length === ids.length, 30_000);
    for (const { early, late } of await released()) {
      expect(early).toBe(0);
      expect(late).toBeLessThan(TOLERANCE_S);
    }
  });

  it('sell together like any others', async () => {
    const load = await Load.start(database, fleet);
    await load.goesOn(100);
    report.add(await verdict(database, fleet, load), 2);
    const [row] = await database.rows<{ off: number }>(
      `SELECT MAX(ABS(TIMESTAMPDIFF(SECOND, created_at, SYSDATE(6)))) AS off FROM channel_reservations WHERE product_id = ?`,
      [load.products.hot],
    );
    expect(row?.off).toBeLessThan(TOLERANCE_S);
  });
});
