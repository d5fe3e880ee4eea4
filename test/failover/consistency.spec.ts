import { setTimeout as sleep } from 'node:timers/promises';

import type { Pool, RowDataPacket } from 'mysql2/promise';

import type { EmbeddedMysql } from '../../db/embedded/mysql-server.js';
import { createLanesPool } from '../../src/database/pools.js';
import type { Problem } from '../support/api.js';
import { PARTNER_A } from '../support/app.js';
import { type MysqlGroup, startMysqlGroup } from '../support/mysql-group.js';
import { type Service, startService } from '../support/service.js';
import { range } from '../support/stock.js';
import { eventually } from '../support/wait.js';
import { DATABASE, onMember } from './on-member.js';

jest.setTimeout(600_000);

const PRODUCT = 106;
const COUNT = `SELECT COUNT(*) AS held FROM channel_reservations WHERE product_id = ${PRODUCT}`;
/** Longer than a read takes, on a busy machine too. */
const STILL_WAITING_MS = 3_000;
let group: MysqlGroup;
let service: Service;

beforeAll(async () => {
  group = await startMysqlGroup();
  await group.run(
    await group.primary(),
    "GRANT SELECT ON performance_schema.replication_group_members TO 'allotment'@'%'",
  );
  service = await startService({ DATABASE_URL: group.url(DATABASE), DEMO_DATA: 'true', LOG_FORMAT: 'json' });
});
afterAll(async () => {
  await service.end('SIGKILL');
  await group.stop();
});

/** Reads what is held; by whichever connection. */
async function count(on: Pick<Pool, 'query'>): Promise<number> {
  const [rows] = await on.query<RowDataPacket[]>(COUNT);
  return Number(rows[0]?.['held']);
}

const isElected = async (member: EmbeddedMysql): Promise<boolean> => {
  const [self] = await group.run<{ role: string }>(
    member,
    'SELECT MEMBER_ROLE AS role FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@server_uuid',
  );
  return self?.role === 'PRIMARY';
};

const isReady = async (): Promise<boolean> => (await service.api.send('/health/ready')).status === 200;

describe('a primary that hands over to another and lives on', () => {
  it('keeps no connection of the service, which reads and sells at the new one', async () => {
    const old = await group.primary();
    const heir = group.members.find((member) => member !== old);
    if (!heir) throw new Error('a group has three members');
    const connectionsTo = async (member: EmbeddedMysql): Promise<number> => {
      const [row] = await group.run<{ open: number }>(
        member,
        "SELECT COUNT(*) AS open FROM performance_schema.processlist WHERE USER = 'allotment' AND DB = 'allotment'",
      );
      return row?.open ?? 0;
    };
    // Both pools have connections that nobody uses at the moment.
    await Promise.all(range(0, 8).map(() => service.api.available(PARTNER_A, PRODUCT)));
    expect(await connectionsTo(old)).toBeGreaterThan(1);

    await group.run(heir, 'SELECT group_replication_set_as_primary(@@server_uuid)');
    await eventually('the old primary is left', async () => (await connectionsTo(old)) === 0, 60_000);
    expect((await service.api.reserve(PARTNER_A, { product_id: PRODUCT, quantity: 1 })).status).toBe(201);
    const available = await service.api.available(PARTNER_A, PRODUCT);
    await onMember(heir, async (database) => {
      const [row] = await database.rows<{ free: number }>(
        `SELECT channel_allocations->'$.ota.allocated' - channel_allocations->'$.ota.reserved' - channel_allocations->'$.ota.sold' AS free
         FROM product_inventory WHERE product_id = ${PRODUCT}`,
      );
      expect(available).toBe(row?.free);
    });
    expect(await connectionsTo(old)).toBe(0);
    expect(await isReady()).toBe(true);
  });
});

describe('a primary that no longer reaches a majority', () => {
  it('is not ready and promises nothing, until it does again', async () => {
    const primary = await group.primary();
    const before = await onMember(primary, ({ pool }) => count(pool));
    const reserve = (key: string) =>
      service.api.reserve<Problem>(PARTNER_A, { product_id: PRODUCT, quantity: 1 }, { 'idempotency-key': key });
    const others = group.members.filter((member) => member !== primary);
    const signal = (name: NodeJS.Signals): void => {
      for (const { pid } of others) process.kill(pid, name);
    };
    signal('SIGSTOP');
    try {
      const isSaid = async (): Promise<boolean> => {
        const { status, body } = await service.api.send<Problem>('/health/ready');
        return status === 503 && body.detail === 'The database takes no changes at the moment.';
      };
      await eventually('it is not ready, and says why', isSaid, 60_000);
      // Its COMMIT may be waiting at the primary for a majority to come.
      expect([503, 504]).toContain((await reserve('without-majority-1')).status);
      // By now nobody is led to that primary.
      await sleep(STILL_WAITING_MS);
      expect((await reserve('without-majority-2')).body).toMatchObject({ status: 503, code: 'unavailable' });
    } finally {
      signal('SIGCONT');
    }
    await eventually('it is ready again', isReady, 60_000);
    await group.whole();
    for (const key of ['without-majority-1', 'without-majority-2']) expect((await reserve(key)).status).toBe(201);
    expect(await onMember(await group.primary(), ({ pool }) => count(pool))).toBe(before + 2);
  });
});

describe('a new primary that has not yet applied what the old one had committed', () => {
  it('is read from only once it has', async () => {
    const old = await group.primary();
    const [heir] = group.members.filter((member) => member !== old);
    if (!heir) throw new Error('a group has three members');
    await group.run(heir, 'SET GLOBAL group_replication_member_weight = 90');
    await group.settled();
    const ours = createLanesPool(group.url(DATABASE), 1);
    const id = await onMember(heir, async ({ pool: others }) => {
      const before = await count(others);
      const [blocker, waiting] = await Promise.all([others.getConnection(), others.getConnection()]);
      // What comes from the old primary is applied behind it; reading goes on.
      await blocker.query('LOCK TABLES channel_reservations READ');
      const held = await service.api.reserve(PARTNER_A, { product_id: PRODUCT, quantity: 1 });
      expect(held.status).toBe(201);
      process.kill(old.pid, 'SIGKILL');
      await eventually('another is elected', () => isElected(heir), 120_000);

      // The servers' own setting is EVENTUAL: the reservation that was answered is not there.
      expect(await count(others)).toBe(before);
      await expect(ours.query(COUNT)).rejects.toMatchObject({ code: 'NO_PRIMARY' });
      await waiting.query("SET SESSION group_replication_consistency = 'BEFORE_ON_PRIMARY_FAILOVER'");
      let answered = false;
      const counted = count(waiting).finally(() => (answered = true));
      await sleep(STILL_WAITING_MS);
      expect(answered).toBe(false);

      await blocker.query('UNLOCK TABLES');
      expect(await counted).toBe(before + 1);
      await eventually('it takes writes', async () => (await group.primary().catch(() => old)) === heir, 60_000);
      expect(await count(ours)).toBe(before + 1);
      blocker.release();
      waiting.release();
      return held.body.reservation_id;
    });
    const [session] = await ours
      .query<RowDataPacket[]>('SELECT @@SESSION.group_replication_consistency AS level')
      .then(([rows]) => rows);
    expect(session).toEqual({ level: 'BEFORE_ON_PRIMARY_FAILOVER' });
    await ours.end();
    expect((await service.api.reservation(PARTNER_A, id)).body).toMatchObject({ reservation_id: id, status: 'active' });
  });
});
