import { setTimeout as sleep } from 'node:timers/promises';

import { getDataSourceToken } from '@nestjs/typeorm';
import type { Pool, PoolConnection, RowDataPacket } from 'mysql2/promise';
import type { DataSource } from 'typeorm';

import { LANES_POOL } from '../../src/database/pools.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { lockInventory } from '../../src/inventory/inventory.store.js';
import type { Problem } from '../support/api.js';
import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { startCuttingProxy } from '../support/cutting-proxy.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { holdInventory, waitForLockWaits } from '../support/locks.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range, tally } from '../support/stock.js';
import { eventually, timed } from '../support/wait.js';

const POOL_MAX = 6;
const SETTINGS = `SELECT CONNECTION_ID() AS id, @@transaction_isolation AS isolation, @@time_zone AS zone, @@sql_mode AS mode,
  @@innodb_lock_wait_timeout AS lockWait, @@wait_timeout AS waitTimeout, @@autocommit AS autocommit,
  @@character_set_connection AS charset`;

interface Settings {
  readonly id: number;
  readonly isolation: string;
  readonly zone: string;
  readonly mode: string;
  readonly lockWait: number;
  readonly waitTimeout: number;
  readonly autocommit: number;
  readonly charset: string;
}

let database: TestDatabase;
let service: TestApp;
let defaultWaitTimeout: number;

beforeAll(async () => {
  database = await demoDatabase();
  service = await bootApp(database.url, { DATABASE_POOL_MAX: String(POOL_MAX) });
  await addProducts(database, range(901, 12), { ota: 100 });
  const [row] = await database.rows<{ seconds: number }>('SELECT @@GLOBAL.wait_timeout AS seconds');
  defaultWaitTimeout = row?.seconds ?? 0;
});
afterEach(() => expectSound(database));
afterAll(async () => {
  await service.close();
  await database.drop();
});

function expectSetUp(connections: readonly Settings[]): void {
  expect(new Set(connections.map(({ id }) => id)).size).toBe(POOL_MAX);
  for (const { mode, ...settings } of connections) {
    expect(settings).toMatchObject({
      isolation: 'READ-COMMITTED',
      zone: '+00:00',
      lockWait: 3,
      waitTimeout: defaultWaitTimeout,
      autocommit: 1,
      charset: 'utf8mb4',
    });
    expect(mode.split(',')).toEqual(
      expect.arrayContaining(['STRICT_TRANS_TABLES', 'NO_ZERO_DATE', 'ONLY_FULL_GROUP_BY']),
    );
    expect(mode).not.toContain('NO_BACKSLASH_ESCAPES');
  }
}

const lanesPool = (): Pool => service.app.get<Pool>(LANES_POOL);

/** All connections of the write path at once. */
async function lanesConnections(): Promise<Settings[]> {
  const connections: PoolConnection[] = await Promise.all(range(0, POOL_MAX).map(() => lanesPool().getConnection()));
  try {
    return await Promise.all(
      connections.map(async (connection) => {
        const [[row]] = await connection.query<RowDataPacket[]>(SETTINGS);
        return row as Settings;
      }),
    );
  } finally {
    for (const connection of connections) connection.release();
  }
}

async function readConnections(): Promise<Settings[]> {
  const runners = range(0, POOL_MAX).map(() => service.app.get<DataSource>(getDataSourceToken()).createQueryRunner());
  try {
    return await Promise.all(
      runners.map(async (runner) => {
        const [row] = (await runner.query(SETTINGS)) as [Settings];
        return row;
      }),
    );
  } finally {
    for (const runner of runners) await runner.release();
  }
}

/** A connection that was busy may be silent for as long as any other once it has rested. */
const untilRested = (): Promise<void> =>
  eventually('all connections have rested', async () =>
    (await lanesConnections()).every(({ waitTimeout }) => waitTimeout === defaultWaitTimeout),
  );

describe('every connection is set up', () => {
  it('of the write path, when it is new and after transactions', async () => {
    expectSetUp(await lanesConnections());
    const replies = await Promise.all(
      range(0, 120).map((n) => service.api.reserve(PARTNER_A, { product_id: 901 + (n % 12), quantity: 20 })),
    );
    expect(tally(replies)).toEqual({ 201: 60, 409: 60 });
    await untilRested();
    expectSetUp(await lanesConnections());
  });

  it('of the read path, all at once', async () => {
    expectSetUp(await readConnections());
  });

  it('that takes the place of one that was closed', async () => {
    const before = await lanesConnections();
    await Promise.all(before.map(({ id }) => database.rows(`KILL ${id}`)));
    await sleep(200);
    const after = await lanesConnections();
    expectSetUp(after);
    expect(after.some(({ id }) => before.some((old) => old.id === id))).toBe(false);
  });
});

describe('a transaction', () => {
  it.each(['commits', 'reads only', 'fails'])(
    'may be silent for 5 s, and what rests after it for longer, when it %s',
    async (how) => {
      await untilRested();
      let within = 0;
      const run = service.app.get(UnitOfWork).run({
        async work(tx) {
          const [seconds] = await tx.read({
            sql: 'SELECT @@wait_timeout AS seconds',
            values: [],
            read: ([row]) => row?.['seconds'] as number,
          });
          within = seconds;
          if (how === 'fails') throw new Error('as meant');
          if (how === 'commits') tx.write('DO 0', []);
          return seconds;
        },
        tookPlace: () => Promise.resolve(false),
      });
      if (how === 'fails') await expect(run).rejects.toThrow('as meant');
      else await run;
      expect(within).toBe(5);
      await untilRested();
      expectSetUp(await lanesConnections());
    },
  );

  it('may be silent for 5 s however often its connection was used before, and however long it runs itself', async () => {
    const seconds = {
      sql: 'SELECT @@wait_timeout AS seconds',
      values: [],
      read: ([row]: readonly RowDataPacket[]) => row?.['seconds'] as number,
    };
    const within: number[] = [];
    for (let n = 0; n < 3 * POOL_MAX; n++) {
      await service.app.get(UnitOfWork).run({
        async work(tx) {
          within.push(...(await tx.read(seconds)));
          // Longer than a connection rests before it is told that it may be silent again.
          if (n === 0) await sleep(2_500);
          within.push(...(await tx.read(seconds)));
          tx.write('DO 0', []);
        },
        tookPlace: () => Promise.resolve(false),
      });
    }
    expect(new Set(within)).toEqual(new Set([5]));
  });

  it('sees what is committed when a statement starts, not when it began', async () => {
    const seen = await service.app.get(UnitOfWork).run({
      async work(tx) {
        const prices = {
          sql: 'SELECT weekday_price FROM products WHERE id = 901',
          values: [],
          read: ([row]: readonly RowDataPacket[]) => row?.['weekday_price'] as string,
        };
        const [before] = await tx.read(prices);
        await database.rows('UPDATE products SET weekday_price = weekday_price + 1 WHERE id = 901');
        const [after] = await tx.read(prices);
        return [before, after];
      },
      tookPlace: () => Promise.resolve(false),
    });
    expect(seen).toEqual(['100.00', '101.00']);
  });
});

describe('a product', () => {
  it('is locked when it is read, and its time is that at which the lock was had', async () => {
    const held = await holdInventory(database, 902);
    const reading = service.app.get(UnitOfWork).run({
      work: async (tx) => (await tx.read(lockInventory([902], 'wait')))[0].get(902),
      tookPlace: () => Promise.resolve(false),
    });
    await waitForLockWaits(database, 1);
    await sleep(300);
    const [clock] = await database.rows<{ now: Date }>('SELECT SYSDATE(6) AS now');
    await held.release();
    expect((await reading)?.now).toBeGreaterThanOrEqual(clock?.now.getTime() ?? Infinity);
  });
});

describe('a connection whose server falls silent while it is set up', () => {
  it.each([
    ['reads first', '/api/ota/reservations'],
    ['goes in one packet, prices being kept', '/api/ota/inventory?product_ids=106'],
  ])('is given up in bounded time, and nothing waits behind it for good: a reserve that %s', async (_, warmUp) => {
    const network = await startCuttingProxy(database.url);
    const remote = await bootApp(network.url);
    try {
      // The key is known, and the write path has no connection yet.
      expect((await remote.api.get(PARTNER_A, warmUp)).status).toBe(200);
      network.fallSilentAt('SET SESSION transaction_isolation');
      const { result, ms } = await timed(remote.api.reserve<Problem>(PARTNER_A, { product_id: 106, quantity: 1 }));
      expect(result.body).toMatchObject({ status: 503, code: 'unavailable' });
      expect(ms).toBeLessThan(16_000);
      await network.comeBack();
      expect((await remote.api.reserve(PARTNER_A, { product_id: 106, quantity: 1 })).status).toBe(201);
    } finally {
      await remote.close();
      await network.close();
    }
  });
});

describe('the server', () => {
  it('keeps what it has confirmed', async () => {
    const [server] = await database.rows(
      'SELECT @@innodb_flush_log_at_trx_commit AS redo, @@sync_binlog AS binlog, @@log_bin AS logged, @@innodb_doublewrite AS doublewrite',
    );
    expect(server).toEqual({ redo: 1, binlog: 1, logged: 1, doublewrite: 'ON' });
  });
});
