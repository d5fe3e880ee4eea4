import { AnotherRun } from '../../src/reconciliation/reconcile.js';
import { ReconciliationService } from '../../src/reconciliation/reconciliation.service.js';
import { bootApp, type TestApp } from '../support/app.js';
import { startCuttingProxy } from '../support/cutting-proxy.js';
import { databaseName } from '../../src/database/typeorm.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { setCounters } from '../support/drift.js';
import { expectSound } from '../support/soundness.js';
import { eventually } from '../support/wait.js';

const DISAGREE = 'counters, reservations and the ledger do not agree; docs/operations.md says what to do';

let database: TestDatabase;
let service: TestApp | undefined;
beforeEach(async () => {
  database = await demoDatabase();
});
afterEach(async () => {
  await service?.close();
  service = undefined;
  await database.drop();
});

async function boot(settings: Readonly<Record<string, string>> = {}, url = database.url): Promise<TestApp> {
  service = await bootApp(url, settings);
  return service;
}

/** Values of the metrics of reconciliation, by the rest of their names. */
async function metrics({ api }: TestApp): Promise<Record<string, number>> {
  const { text } = await api.send('/metrics');
  const series = [...text.matchAll(/^allotment_reconciliation_(\w+(?:\{outcome="\w+"\})?) (\S+)$/gm)];
  return Object.fromEntries(series.map(([, name = '', value]) => [name, Number(value)]));
}

describe('the service', () => {
  it('looks by the clock, tells metrics and log what is off, and changes nothing by itself', async () => {
    const app = await boot({ RECONCILE_INTERVAL_SECONDS: '1' });
    const ran = async (outcome: string): Promise<number> =>
      (await metrics(app))[`runs_total{outcome="${outcome}"}`] ?? 0;
    await eventually('two runs', async () => (await ran('sound')) > 1, 20_000);
    expect(await metrics(app)).toMatchObject({ products_off: 0, channels_off: 0, interval_seconds: 1 });
    expect(app.log.map(({ msg }) => msg)).not.toContain(DISAGREE);

    const before = Date.now() / 1000;
    await setCounters(database, 106, 'ota', { reserved: 5 });
    await setCounters(database, 106, 'direct', { sold: 5 });
    await eventually('a run that finds it', async () => (await ran('drift')) > 1, 20_000);
    const now = await metrics(app);
    expect(now).toMatchObject({ products_off: 1, channels_off: 2, last_run_duration_seconds: expect.any(Number) });
    expect(Math.abs((now['last_run_timestamp_seconds'] ?? 0) - before)).toBeLessThan(20);
    expect(app.log).toContainEqual(
      expect.objectContaining({
        msg: DISAGREE,
        level: 50,
        numbers_off: 2,
        differences: [
          { productId: 106, channelId: 'direct', what: 'sold', counter: 5, rows: 0, ledger: 0 },
          { productId: 106, channelId: 'ota', what: 'reserved', counter: 5, rows: 0, ledger: 0 },
        ],
      }),
    );
    const [row] = await database.rows<{ reserved: number }>(
      "SELECT channel_allocations->'$.ota.reserved' AS reserved FROM product_inventory WHERE product_id = 106",
    );
    expect(row?.reserved).toBe(5);
  });

  it('repairs when it is asked to, and remembers what it found', async () => {
    const app = await boot();
    const reconciliation = app.app.get(ReconciliationService);
    expect(reconciliation.last).toBeUndefined();
    await setCounters(database, 107, 'ota', { sold: 1_500 });
    const report = await reconciliation.run({ repair: true });
    expect(report).toMatchObject({
      products: 3,
      channels: 6,
      differences: [{ productId: 107, channelId: 'ota', what: 'sold', counter: 1_500, rows: 300, ledger: 300 }],
      repairs: [{ productId: 107, kind: 'repaired' }],
    });
    expect(reconciliation.last).toBe(report);
    expect(await metrics(app)).toMatchObject({
      products_off: 0,
      channels_off: 0,
      'repairs_total{outcome="repaired"}': 1,
    });
    expect(app.log.map(({ msg }) => msg)).toContain('product 107: repaired, ota sold 1500 -> 300 (movement 9)');
    await expectSound(database);
  });

  it('never looks by itself when told so', async () => {
    const app = await boot({ RECONCILE_INTERVAL_SECONDS: '0' });
    expect(await metrics(app)).toMatchObject({ interval_seconds: 0, last_run_timestamp_seconds: 0 });
    expect(await metrics(app)).not.toHaveProperty('runs_total{outcome="sound"}');
  });

  it('leaves it to another instance that is at it', async () => {
    const app = await boot({ RECONCILE_INTERVAL_SECONDS: '1' });
    const other = await database.pool.getConnection();
    const lock = `allotment.reconcile.${databaseName(database.url)}`.slice(0, 64);
    await eventually('the lock', async () => {
      const [rows] = await other.query('SELECT GET_LOCK(?, 0) AS taken', [lock]);
      return (rows as { taken: number }[])[0]?.taken === 1;
    });
    await expect(app.app.get(ReconciliationService).run()).rejects.toBeInstanceOf(AnotherRun);
    await eventually(
      'a run by the clock',
      async () => ((await metrics(app))['runs_total{outcome="skipped"}'] ?? 0) > 1,
      20_000,
    );
    other.destroy();
    expect(app.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  it('says that a run failed when the database went away, and goes on with the next', async () => {
    const network = await startCuttingProxy(database.url);
    const app = await boot({ RECONCILE_INTERVAL_SECONDS: '1' }, network.url);
    const ran = async (outcome: string): Promise<number> =>
      (await metrics(app))[`runs_total{outcome="${outcome}"}`] ?? 0;
    await network.goAway();
    await eventually('a run that fails', async () => (await ran('failed')) > 0, 20_000);
    await network.comeBack();
    const sound = await ran('sound');
    await eventually('one that succeeds', async () => (await ran('sound')) > sound, 20_000);
    expect(app.log.map(({ msg }) => msg)).toContain('reconciliation failed');
    await app.close();
    service = undefined;
    await network.close();
  });
});
