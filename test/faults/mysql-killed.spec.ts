import type { Api } from '../support/api.js';
import { PARTNER_A } from '../support/app.js';
import { range } from '../support/stock.js';
import { Fleet } from './fleet.js';
import { times } from './form.js';
import { Load } from './load.js';
import { type OwnMysql, startOwnMysql } from './own-mysql.js';
import { FaultReport } from './report.js';
import { verdict } from './verdict.js';

jest.setTimeout(240_000);

let mysql: OwnMysql;
let fleet: Fleet;

beforeAll(async () => {
  mysql = await startOwnMysql();
  fleet = await Fleet.start(mysql.database.url, [{}]);
});
afterAll(async () => {
  await fleet.end();
  await mysql.stop();
});

describe('MySQL killed with SIGKILL under load', () => {
  const report = new FaultReport(
    'mysql-sigkill',
    'mysqld killed with SIGKILL under load; its supervisor starts it anew',
  );
  it.each(range(1, times({ long: 10, short: 2 })))('loses and doubles nothing, kill %d', async () => {
    const load = await Load.start(mysql.database, fleet);
    await load.goesOn();
    const since = await mysql.restart('SIGKILL');
    report.add(await verdict(mysql.database, fleet, load, since));
  });
});

describe('MySQL restarted while nobody asks', () => {
  const report = new FaultReport('mysql-restart-idle', 'MySQL restarted, so that every pooled connection is dead');

  /** As many at once as leave no connection of the pools unused. */
  const readAll = async (api: Api): Promise<void> => {
    await Promise.all(range(0, 40).map(() => api.reservations(PARTNER_A)));
  };

  it.each(range(1, times({ long: 3, short: 1 })))('is noticed by nobody afterwards, restart %d', async () => {
    for (const api of fleet.apis) await readAll(api);
    await mysql.restart('SIGTERM');
    const load = await Load.start(mysql.database, fleet);
    const judged = await verdict(mysql.database, fleet, load);
    expect(judged).toMatchObject({ unavailable: 0, unknown: 0, broken: 0 });
    report.add(judged);
  });
});
