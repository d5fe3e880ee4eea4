import { migrate } from '../../src/database/migrations.js';
import type { Reply } from '../support/api.js';
import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.js';
import { demoDatabase, emptyDatabase, type TestDatabase } from '../support/database.js';
import { expectProblem } from '../support/problem.js';
import { timed } from '../support/wait.js';

const expectLive = async ({ api }: TestApp): Promise<void> => {
  const { status, body } = await api.send('/health/live');
  expect({ status, body }).toEqual({ status: 200, body: { status: 'live' } });
};
const ready = ({ api }: TestApp): Promise<Reply> => api.send('/health/ready');
const expectReady = async (service: TestApp): Promise<void> => {
  const { status, body } = await ready(service);
  expect({ status, body }).toEqual({ status: 200, body: { status: 'ready' } });
};
const expectNotReady = async (service: TestApp): Promise<string> => {
  const reply = await ready(service);
  const { detail } = expectProblem(reply, 503, 'unavailable');
  expect(reply.headers.get('retry-after')).toMatch(/^\d+$/);
  return detail;
};

describe('before the migrations', () => {
  let database: TestDatabase;
  let service: TestApp;
  beforeAll(async () => {
    database = await emptyDatabase();
    service = await bootApp(database.url);
  });
  afterAll(async () => {
    await service.close();
    await database.drop();
  });

  it('is live and not ready, until they have run', async () => {
    await expectLive(service);
    const detail = await expectNotReady(service);
    expect(detail).toContain('0010_channel_inventory.sql');
    expect(detail).toContain('npm run migrate');

    await migrate(database.url, () => undefined);
    await expectReady(service);
  });

  it('is not ready either while a migration is half done', async () => {
    const other = await bootApp(database.url);
    await database.rows("UPDATE migration_files SET finished_at = NULL WHERE name LIKE '0014%'");
    expect(await expectNotReady(other)).toContain('0014_inventory_guards.sql');
    await database.rows('UPDATE migration_files SET finished_at = NOW(6) WHERE finished_at IS NULL');
    await expectReady(other);
    await other.close();
  });
});

describe('while the database is away', () => {
  let database: TestDatabase;
  let network: CuttingProxy;
  let service: TestApp;
  beforeAll(async () => {
    database = await demoDatabase();
    network = await startCuttingProxy(database.url);
    service = await bootApp(network.url);
  });
  afterAll(async () => {
    await service.close();
    await network.close();
    await database.drop();
  });

  afterEach(async () => {
    await network.comeBack();
  });

  it.each(['goAway', 'fallSilent'] as const)('is live and not ready, and ready again afterwards: %s', async (away) => {
    await expectReady(service);
    await network[away]();
    const { result: detail, ms } = await timed(expectNotReady(service));
    expect(detail).toContain('does not answer');
    expect(ms).toBeLessThan(3_000);
    await expectLive(service);
    if (away === 'fallSilent') await network.goAway();
    await network.comeBack();
    await expectReady(service);
    expect((await service.api.inventory(PARTNER_A)).status).toBe(200);
  });

  it('requests get 503 with Retry-After, not 500', async () => {
    await expectReady(service);
    await network.goAway();
    for (const key of [PARTNER_A, 'a-key-that-nobody-remembers']) {
      const reply = await service.api.inventory<Record<string, unknown>>(key);
      expectProblem(reply, 503, 'unavailable');
      expect(reply.headers.get('retry-after')).toMatch(/^\d+$/);
    }
  });
});
