import { setTimeout as sleep } from 'node:timers/promises';

import { ReleaseJob } from '../../src/reservation/release.job.js';
import { bootApp, OWN_SHOP, PARTNER_A, type TestApp } from '../support/app.js';
import { type Cut, type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { hold, holdInventory, waitForLockWaits } from '../support/locks.js';
import { addDueRelease, linesOf, type ReleaseRow, releaseRow } from '../support/releases.js';
import { type Service, startService } from '../support/service.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range, tally } from '../support/stock.js';
import { eventually } from '../support/wait.js';

jest.setTimeout(60_000);

let database: TestDatabase;
let apps: TestApp[];

beforeAll(async () => {
  database = await demoDatabase();
  await addOperator(database);
  apps = await Promise.all(range(0, 3).map(() => bootApp(database.url)));
});
afterEach(() => expectSound(database));
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await database.drop();
});

const jobOf = ({ app }: TestApp): ReleaseJob => app.get(ReleaseJob);

/** It is done, and what it says is in the ledger once: no line more, no unit less. */
async function expectDoneOnce({ id, from_channel, to_channel }: ReleaseRow, units: number): Promise<void> {
  expect(await releaseRow(database, id)).toMatchObject({ status: 'done', units });
  const moved = [
    { channel_id: from_channel, kind: 'deallocated', units },
    { channel_id: to_channel, kind: 'allocated', units },
  ];
  expect(await linesOf(database, id)).toEqual(units === 0 ? [] : moved);
}

const told = (lines: readonly (Readonly<Record<string, unknown>> & { msg?: unknown })[]): unknown[] =>
  lines.filter(({ msg }) => msg === 'timed release carried out').map((line) => line['release_id']);

describe('three instances at the same moment', () => {
  it('carry out each release once, and tell of it once', async () => {
    const products = range(740, 10);
    await addProducts(database, products, { direct: 5, ota: 20 });
    const due = await Promise.all(
      products.map((product_id, n) => addDueRelease(database, { product_id, keep_units: n })),
    );
    const counts = await Promise.all(apps.flatMap((app) => [jobOf(app).run(), jobOf(app).run()]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(products.length);
    for (const [n, row] of due.entries()) await expectDoneOnce(row, 20 - n);
    expect(told(apps.flatMap(({ log }) => log)).sort()).toEqual(due.map(({ id }) => id).sort());
  });

  it('that all wait for the row carry it out once, under the eyes of partners', async () => {
    await addProducts(database, [751], { direct: 5, ota: 20 });
    const row = await addDueRelease(database, { product_id: 751 });
    const held = await holdInventory(database, 751);
    const jobs = apps.map((app) => jobOf(app).run());
    await waitForLockWaits(database, 3);
    const reserves = apps.flatMap(({ api }) =>
      range(0, 4).map((n) => api.reserve(n % 2 ? PARTNER_A : OWN_SHOP, { product_id: 751, quantity: 2 })),
    );
    await held.release();
    const counts = await Promise.all(jobs);
    expect(counts.sort()).toEqual([0, 0, 1]);
    const replies = await Promise.all(reserves);
    expect(Object.keys(tally(replies)).every((status) => ['201', '409'].includes(status))).toBe(true);
    const { units } = await releaseRow(database, row.id);
    await expectDoneOnce(row, units ?? -1);
  });
});

describe('a cancellation at the moment at which it is carried out', () => {
  it('is one or the other, and both are told the same', async () => {
    const products = range(760, 24);
    await addProducts(database, products, { direct: 5, ota: 20 });
    const due = await Promise.all(products.map((product_id) => addDueRelease(database, { product_id })));
    const running = Promise.all(apps.map((app) => jobOf(app).run()));
    const cancelled = await Promise.all(
      due.map(async ({ id }, n) => {
        await sleep(n * 4);
        return apps[n % 3]?.api.desk(OPERATOR, `POST releases/${id}/cancel`);
      }),
    );
    const counts = await running;
    let done = 0;
    for (const [n, row] of due.entries()) {
      const { status } = await releaseRow(database, row.id);
      expect(cancelled[n]?.status).toBe(status === 'cancelled' ? 200 : 409);
      if (status === 'done') {
        done++;
        await expectDoneOnce(row, 20);
      } else expect(await linesOf(database, row.id)).toEqual([]);
    }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(done);
  });

  it.each([
    ['the cancellation', 'cancelled', 790],
    ['the release', 'done', 791],
  ])('goes to %s when that has the row first', async (_, status, product_id) => {
    await addProducts(database, [product_id], { direct: 5, ota: 20 });
    const row = await addDueRelease(database, { product_id });
    const [one, two] = apps as [TestApp, TestApp];
    const cancel = () => one.api.desk(OPERATOR, `POST releases/${row.id}/cancel`);
    const carryOut = () => jobOf(two).run();
    // Whoever is first has the product's row, and comes no further than to its last packet.
    const held = await hold(database, 'SELECT 1 FROM scheduled_releases WHERE id = ? FOR UPDATE', [row.id]);
    const asked = status === 'done' ? carryOut() : cancel();
    await waitForLockWaits(database, 1);
    const then = status === 'done' ? cancel() : carryOut();
    await waitForLockWaits(database, 2);
    await held.release();
    const answers = await Promise.all([asked, then]);
    const answered = (code: number): unknown => expect.objectContaining({ status: code });
    expect(answers).toEqual(status === 'done' ? [1, answered(409)] : [answered(200), 0]);
    expect(await releaseRow(database, row.id)).toMatchObject({ status, units: status === 'done' ? 20 : null });
    expect(await linesOf(database, row.id)).toHaveLength(status === 'done' ? 2 : 0);
  });
});

describe.each<Cut>(['before', 'after', 'late'])('a connection cut with COMMIT (%s the server has it)', (how) => {
  const first = { before: 800, after: 803, late: 806 }[how];
  let proxy: CuttingProxy;
  let remote: TestApp;
  beforeAll(async () => {
    await addProducts(database, range(first, 3), { direct: 5, ota: 20 });
    proxy = await startCuttingProxy(database.url);
    remote = await bootApp(proxy.url);
  });
  afterAll(async () => {
    await remote.close();
    await proxy.close();
  });

  it.each([
    ['some units', 0, 4, 16],
    ['no units', 1, 20, 0],
  ])('is one release of %s', async (_, n, keep_units, units) => {
    const row = await addDueRelease(database, { product_id: first + n, keep_units });
    const { cuts } = proxy;
    proxy.cutCommits(how);
    await jobOf(remote).run();
    expect(proxy.cuts).toBe(cuts + 1);
    await expectDoneOnce(row, units);
    const others = await Promise.all(apps.map((app) => jobOf(app).run()));
    expect(others).toEqual([0, 0, 0]);
    await expectDoneOnce(row, units);
  });

  it('is one cancellation', async () => {
    const row = await addDueRelease(database, { product_id: first + 2 }, 600_000);
    proxy.cutCommits(how);
    expect((await remote.api.desk(OPERATOR, `POST releases/${row.id}/cancel`)).status).toBe(200);
    const lines = await database.rows("SELECT 1 FROM desk_log WHERE action = 'release.cancelled' AND subject_id = ?", [
      row.id,
    ]);
    expect(lines).toHaveLength(1);
  });
});

describe('a release that can not be carried out', () => {
  it('is left as it is, holds no other up, and is carried out once it can be', async () => {
    await addProducts(database, [820, 821], { direct: 5, ota: 20 });
    const stuck = await addDueRelease(database, { product_id: 820 }, -60_000);
    const other = await addDueRelease(database, { product_id: 821 });
    await database.rows(
      `CREATE TRIGGER no_changes BEFORE INSERT ON inventory_movements FOR EACH ROW
       BEGIN IF NEW.product_id = 820 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not now'; END IF; END`,
    );
    const [app] = apps as [TestApp];
    expect(await jobOf(app).run()).toBe(1);
    await expectDoneOnce(other, 20);
    expect(await releaseRow(database, stuck.id)).toMatchObject({ status: 'scheduled', units: null });
    expect(app.log.filter(({ msg }) => msg.startsWith('timed release was not carried out'))).toEqual([
      expect.objectContaining({ release_id: stuck.id, product_id: 820 }),
    ]);
    const { text } = await app.api.send('/metrics');
    const gauge = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    expect(gauge('allotment_releases_overdue_seconds')).toBeGreaterThan(55);
    expect(gauge('allotment_releases_scheduled')).toBeGreaterThanOrEqual(1);
    expect(text).toMatch(/^allotment_releases_total\{outcome="failed"\} 1$/m);
    await database.rows('DROP TRIGGER no_changes');
    expect(await jobOf(app).run()).toBe(1);
    await expectDoneOnce(stuck, 20);
    expect((await app.api.send('/metrics')).text).toMatch(/^allotment_releases_overdue_seconds 0$/m);
  });
});

describe('processes', () => {
  const start = (): Promise<Service> =>
    startService({ DATABASE_URL: database.url, RELEASE_INTERVAL_SECONDS: '1', LOG_FORMAT: 'json' });
  const toldBy = (services: readonly Service[]): unknown[] =>
    told(
      services
        .flatMap((service) => service.output().split('\n'))
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
  const end = (services: readonly Service[]): Promise<unknown> =>
    Promise.all(services.map((service) => service.end('SIGKILL')));

  it('that start after its time carry it out once, and one that comes due when it does', async () => {
    await addProducts(database, [830, 831], { direct: 5, ota: 20 });
    const missed = await addDueRelease(database, { product_id: 830 }, -3_600_000);
    const services = await Promise.all([start(), start(), start()]);
    try {
      await eventually('the missed one is done', async () => (await releaseRow(database, missed.id)).status === 'done');
      const coming = await addDueRelease(database, { product_id: 831 }, 3_000);
      await eventually('the coming one is done', async () => (await releaseRow(database, coming.id)).status === 'done');
      const { settled_at, due_at } = await releaseRow(database, coming.id);
      const late = (settled_at?.getTime() ?? 0) - due_at.getTime();
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(3_000);
      await sleep(1_500);
      await expectDoneOnce(missed, 20);
      await expectDoneOnce(coming, 20);
      expect(toldBy(services).sort()).toEqual([missed.id, coming.id].sort());
    } finally {
      await end(services);
    }
  });

  it.each([
    ['its transaction waits for the row', 832],
    ['its transaction is half written', 833],
  ])('of which one is killed while %s: another carries it out, once', async (when, product_id) => {
    await addProducts(database, [product_id], { direct: 5, ota: 20 });
    const row = await addDueRelease(database, { product_id }, 1_500);
    // Before anybody could: a start may take longer than it is until the release falls due.
    const held =
      product_id === 832
        ? await holdInventory(database, product_id)
        : await hold(database, 'SELECT 1 FROM scheduled_releases WHERE id = ? FOR UPDATE', [row.id]);
    const victim = await start();
    try {
      await waitForLockWaits(database, 1);
    } finally {
      await victim.end('SIGKILL');
    }
    await held.release();
    const services = [await start(), await start()];
    try {
      await eventually(`it is done though ${when}`, async () => (await releaseRow(database, row.id)).status === 'done');
      await sleep(1_500);
      await expectDoneOnce(row, 20);
    } finally {
      await end(services);
    }
  });
});
