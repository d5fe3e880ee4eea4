import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createConnection } from 'mysql2/promise';

import { databaseName } from '../../src/database/typeorm.js';
import type { Api } from '../support/api.js';
import {
  addOldHolds,
  allRows,
  archivedLines,
  archivedRows,
  type ArchivedTable,
  runArchive,
  startArchive,
  textOf,
} from '../support/archive.js';
import { PARTNER_A, PARTNER_B } from '../support/app.js';
import { env } from '../support/database.js';
import { useDemoService } from '../support/demo-service.js';
import { holdUnits } from '../support/life.js';
import { hold } from '../support/locks.js';
import { expectSound } from '../support/soundness.js';
import { eventually } from '../support/wait.js';

const TABLES: readonly ArchivedTable[] = ['idempotency_keys', 'channel_reservations', 'inventory_movements'];
const OLD = ['--older-than-days', '400'];
const GRANTS = readFileSync(join(__dirname, '..', '..', 'deploy', 'mysql', 'archive-grants.sql'), 'utf8');

/** One for all runs, so that the ledger is whole with what is in it. */
const folder = mkdtempSync(join(tmpdir(), 'allotment-archive-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Sells, cancels and lets go until told to stop. @returns the statuses of all answers */
async function trade(api: Api, key: string, productId: number, goesOn: () => boolean): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; goesOn() && n < 5_000; n++) {
    const held = await api.reserve(key, { product_id: productId, quantity: 1 }, { 'idempotency-key': `${key}-${n}` });
    const step = await api.step(key, held.body.reservation_id, n % 10 === 9 ? 'activate' : 'cancel');
    statuses.push(held.status, step.status);
  }
  return statuses;
}

describe('an archive run', () => {
  const demo = useDemoService();

  it('lets the sales of the same product go on', async () => {
    const holds = 3_000;
    await addOldHolds(demo.database, 400, holds);
    let running = true;
    const trades = [PARTNER_A, PARTNER_B].map((key) => trade(demo.api, key, 400, () => running));
    const { code, output } = await runArchive(demo.database.url, [
      ...OLD,
      '--to',
      folder,
      '--batch',
      '100',
      '--pause-ms',
      '0',
    ]);
    running = false;
    const statuses = (await Promise.all(trades)).flat();

    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringContaining(`channel_reservations: ${holds} rows`),
    });
    expect(output).toContain(`idempotency_keys: ${holds} rows`);
    // Each hold's two lines and the two openings, but for the newest of each channel.
    expect(output).toContain(`inventory_movements: ${2 * holds + 2 - 2} rows`);
    expect(statuses.length).toBeGreaterThan(10);
    expect(new Set(statuses)).toEqual(new Set([200, 201]));
    await expectSound(demo.database, archivedLines(folder));
  });

  it('waits for nothing that is live, whatever holds it', async () => {
    await addOldHolds(demo.database, 401, 50);
    await holdUnits(demo.api, 401, 1);
    await demo.api.reserve(PARTNER_A, { product_id: 401, quantity: 1 }, { 'idempotency-key': 'held' });
    // Else the looking for the rows would lock those that are passed over too.
    const readCommitted = 'COMMIT; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN;';
    const recent = '> NOW(6) - INTERVAL 1 DAY FOR UPDATE';
    const locks = [
      await hold(demo.database, `${readCommitted} SELECT 1 FROM product_inventory FOR UPDATE`),
      await hold(demo.database, `${readCommitted} SELECT 1 FROM channel_reservations WHERE created_at ${recent}`),
      await hold(demo.database, `${readCommitted} SELECT 1 FROM inventory_movements WHERE occurred_at ${recent}`),
      await hold(demo.database, `${readCommitted} SELECT 1 FROM idempotency_keys WHERE created_at ${recent}`),
    ];
    const { code, output } = await runArchive(demo.database.url, [...OLD, '--to', folder]);
    await Promise.all(locks.map((lock) => lock.release()));
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('channel_reservations: 50 rows') });
    await expectSound(demo.database, archivedLines(folder));
  });

  it('loses nothing when it is killed in the middle, and another goes on', async () => {
    await addOldHolds(demo.database, 402, 400);
    const before = await allRows(demo.database);
    for (const table of TABLES) {
      const run = startArchive(demo.database.url, [...OLD, '--to', folder, '--batch', '10', '--pause-ms', '30']);
      const count = async (): Promise<number> => (await allRows(demo.database))[table].length;
      await eventually(`rows of ${table} gone`, async () => (await count()) < before[table].length - 100, 20_000);
      run.process.kill('SIGKILL');
      await run.ended;
      await everythingIsSomewhere(before);
    }
    const { code } = await runArchive(demo.database.url, [...OLD, '--to', folder]);
    expect(code).toBe(0);
    await everythingIsSomewhere(before);
    const left = (await allRows(demo.database)).channel_reservations;
    expect(left.filter((row) => row['product_id'] === 402)).toEqual([]);
    await expectSound(demo.database, archivedLines(folder));
  });

  it('keeps a second one out', async () => {
    await addOldHolds(demo.database, 403, 40);
    const archived = (): number => archivedRows(folder, 'idempotency_keys').length;
    const earlier = archived();
    const first = startArchive(demo.database.url, [...OLD, '--to', folder, '--batch', '1', '--pause-ms', '60000']);
    await eventually('a first batch', () => archived() > earlier, 20_000);
    const second = await runArchive(demo.database.url, [...OLD, '--to', folder]);
    expect(second).toEqual({ code: 1, output: expect.stringContaining('Another archive run is at work') });
    first.process.kill('SIGTERM');
    await first.ended;
    // It had begun one batch, and a kill lets go of the lock.
    await eventually(
      'the lock is free',
      async () => (await runArchive(demo.database.url, [...OLD, '--to', folder])).code === 0,
    );
  });

  it('needs no more than the rights of deploy/mysql/archive-grants.sql, and says so when it has less', async () => {
    await addOldHolds(demo.database, 404, 10);
    const user = `allotment_arch_${process.pid}`;
    const root = await createConnection({ uri: env('TEST_MYSQL_ROOT_URL'), multipleStatements: true });
    const url = new URL(demo.database.url);
    url.username = user;
    url.password = 'secret';
    try {
      await root.query(`USE ${databaseName(demo.database.url)}; CREATE USER '${user}'@'%' IDENTIFIED BY 'secret';
        GRANT SELECT ON * TO '${user}'@'%'`);
      const reader = await runArchive(url.href, [...OLD, '--to', folder]);
      expect(reader.output).toMatch(
        /This user may not archive \(DELETE command denied .*deploy\/mysql\/archive-grants\.sql/,
      );
      expect(reader.code).toBe(1);
      expect((await runArchive(url.href, [...OLD, '--dry-run'])).code).toBe(0);

      await root.query(`REVOKE SELECT ON * FROM '${user}'@'%'; ${GRANTS.replaceAll('allotment_archive', user)}`);
      const enough = await runArchive(url.href, [...OLD, '--to', folder]);
      expect(enough).toEqual({ code: 0, output: expect.stringMatching(/channel_reservations: [1-9]\d* rows in /) });
    } finally {
      await root.query(`DROP USER '${user}'@'%'`);
      await root.end();
    }
    await expectSound(demo.database, archivedLines(folder));
  });

  /** Every row is in the database or in a file, and unchanged. */
  const everythingIsSomewhere = async (before: Awaited<ReturnType<typeof allRows>>): Promise<void> => {
    const now = await allRows(demo.database);
    for (const table of TABLES) {
      const found = new Set([...now[table], ...archivedRows(folder, table)].map(textOf));
      expect(before[table].filter((row) => !found.has(textOf(row)))).toEqual([]);
    }
  };
});
