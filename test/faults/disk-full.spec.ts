import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { PARTNER_A } from '../support/app.js';
import type { TestDatabase } from '../support/database.js';
import { range } from '../support/stock.js';
import { eventually } from '../support/wait.js';
import { Fleet } from './fleet.js';
import { times } from './form.js';
import { Load } from './load.js';
import { type OwnMysql, startOwnMysql } from './own-mysql.js';
import { FaultReport } from './report.js';
import { mountTmpfs, type Tmpfs, whyNoTmpfs } from './tmpfs.js';
import { verdict } from './verdict.js';

jest.setTimeout(240_000);

/** MySQL looks only once a minute whether there is room again. */
const MYSQL_LOOKS_MAX_MS = 75_000;
/** More than this spec writes into any table. */
const TABLE_ROOM_MB = 4;
/** Until even a COMMIT that was under way is given up on: 10 s for its answer, 15 s and a lock wait to look it up. */
const FULL_MS = 32_000;

/** COMMITs that MySQL can't write, the ones whose client has given up included. */
async function stuckCommits(database: TestDatabase): Promise<number> {
  const [row] = await database.rows<{ stuck: number }>(
    `SELECT COUNT(*) AS stuck FROM performance_schema.processlist WHERE COMMAND = 'Query' AND INFO LIKE 'COMMIT%' AND TIME > 2`,
  );
  return row?.stuck ?? 0;
}

/** Else a row may need a new page and be refused (error 1114), and again, so that no COMMIT is tried at all. */
async function giveTablesRoom(database: TestDatabase): Promise<void> {
  const tables = await database.rows<{ name: string }>(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'`,
  );
  for (const { name } of tables)
    await database.rows(`ALTER TABLE ${name} AUTOEXTEND_SIZE = ${TABLE_ROOM_MB}M, ENGINE = InnoDB`);
}

const reason = whyNoTmpfs();
if (reason !== undefined) process.stderr.write(`faults: a full disk is not tried, as ${reason}\n`);

(reason === undefined ? describe : describe.skip)('a disk that is full for MySQL', () => {
  let tmpfs: Tmpfs;
  let mysql: OwnMysql;
  let fleet: Fleet;

  beforeAll(async () => {
    tmpfs = mountTmpfs();
    mysql = await startOwnMysql(join(tmpfs.folder, 'mysql'));
    await giveTablesRoom(mysql.database);
    fleet = await Fleet.start(mysql.database.url, [{}]);
  });
  afterAll(async () => {
    tmpfs.free();
    await fleet.end();
    await mysql.stop();
    tmpfs.unmount();
  });

  const report = new FaultReport('mysql-disk-full', 'no room on the disk of MySQL, which waits for some');
  it.each(range(1, times({ long: 2, short: 1 })))('ends requests in bounded time, and heals, time %d', async () => {
    const load = await Load.start(mysql.database, fleet);
    await load.goesOn();
    tmpfs.fill();
    const { api } = fleet.instance(0);
    const { counts } = load.client;
    const before = counts.unavailable;
    await sleep(FULL_MS);
    expect(await stuckCommits(mysql.database)).toBeGreaterThan(0);
    expect(counts.unavailable).toBeGreaterThan(before);
    expect((await api.inventory(PARTNER_A)).status).toBe(200);

    tmpfs.free();
    const goesOn = async (): Promise<boolean> => (await stuckCommits(mysql.database)) === 0;
    await eventually('MySQL goes on', goesOn, MYSQL_LOOKS_MAX_MS);
    report.add(await verdict(mysql.database, fleet, load));
  });
});
