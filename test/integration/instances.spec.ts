import type { Problem, Reply, Reserved } from '../support/api.js';
import { PARTNER_A, PARTNER_B } from '../support/app.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { type Service, startService } from '../support/service.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, makeOverdue, range, reservationsOf, tally } from '../support/stock.js';
import { eventually } from '../support/wait.js';

jest.setTimeout(60_000);

let database: TestDatabase;
let services: [Service, Service, Service];

const start = (): Promise<Service> =>
  startService({ DATABASE_URL: database.url, DEMO_DATA: 'true', EXPIRY_INTERVAL_SECONDS: '1', LOG_FORMAT: 'json' });

beforeAll(async () => {
  database = await emptyDatabase();
  services = await Promise.all([start(), start(), start()]);
});
afterEach(() => expectSound(database));
afterAll(async () => {
  await Promise.all(services.map((service) => service.end('SIGKILL')));
  await database.drop();
});

type Answer = Reply<Partial<Reserved & Problem>>;

/** Reserves one unit so many times at once, spread over the services; `undefined` where the connection broke. */
function reserveSpread(on: readonly Service[], count: number, productId: number): Promise<(Answer | undefined)[]> {
  return Promise.all(
    range(0, count).map(async (n) => {
      try {
        const key = n % 2 ? PARTNER_A : PARTNER_B;
        return await on[n % on.length]?.api.reserve<Partial<Reserved & Problem>>(key, {
          product_id: productId,
          quantity: 1,
        });
      } catch {
        return undefined;
      }
    }),
  );
}

const idsOf = (replies: readonly (Answer | undefined)[]): string[] =>
  replies.flatMap((reply) => reply?.body.reservation_id ?? []).sort();

describe('three processes on one empty database', () => {
  it('migrate it together: each file once, and the demo data once', async () => {
    const lines = services.map((service) => service.output()).join('');
    const migrated = [...lines.matchAll(/migration (\d{4}_\w+\.sql)/g)].map(([, name]) => name);
    const recorded = await database.rows<{ name: string }>('SELECT name FROM migration_files ORDER BY name');
    expect(migrated).toEqual(recorded.map(({ name }) => name));
    expect(lines.match(/demo data loaded/g)).toHaveLength(1);
    for (const service of services) expect(await service.api.available(PARTNER_A, 106)).toBe(1800);
  });

  it('sell 200 units to exactly 200 of 300 requests', async () => {
    await addProducts(database, [1001], { ota: 200 });
    const replies = (await reserveSpread(services, 300, 1001)).filter((reply) => reply !== undefined);
    expect(tally(replies)).toEqual({ 201: 200, 409: 100 });
    expect((await reservationsOf(database, 1001)).map(({ reservation_id }) => reservation_id)).toEqual(idsOf(replies));
  });

  it('release each overdue hold once, and say so once', async () => {
    await addProducts(database, [1002], { ota: 60 });
    const held = idsOf(await reserveSpread(services, 60, 1002));
    expect(held).toHaveLength(60);
    await makeOverdue(database, [1002]);
    const told = (): string[] =>
      services
        .flatMap((service) => service.output().split('\n'))
        .filter((line) => line.includes('ota.reservation.expired') && line.includes('"product_id":1002'))
        .map((line) => (JSON.parse(line) as { reservation_id: string }).reservation_id);
    await eventually('an event for each', () => told().length >= held.length);
    expect(told().sort()).toEqual(held);
  });

  it('lose nothing that was confirmed when one is killed, and the others go on', async () => {
    await addProducts(database, [1003], { ota: 250 });
    const [victim, ...others] = services;
    const load = Promise.all(
      range(0, 6).map(async (wave) => {
        await new Promise((resolve) => setTimeout(resolve, wave * 25));
        return reserveSpread(services, 60, 1003);
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 90));
    await victim.end('SIGKILL');
    const replies = (await load).flat();
    const confirmed = idsOf(replies);

    const stored = new Set((await reservationsOf(database, 1003)).map(({ reservation_id }) => reservation_id));
    expect(confirmed.filter((id) => !stored.has(id))).toEqual([]);
    expect(stored.size).toBeLessThanOrEqual(250);
    // Whatever the victim left unanswered, the rest is on sale and can be sold to the last unit.
    const rest = (await reserveSpread(others, 260, 1003)).filter((reply) => reply !== undefined);
    expect(tally(rest)[409]).toBeGreaterThanOrEqual(10);
    expect(Object.keys(tally(rest)).every((status) => ['201', '409'].includes(status))).toBe(true);
    expect(await reservationsOf(database, 1003)).toHaveLength(250);
    expect(replies.some((reply) => reply === undefined)).toBe(true);
  });
});
