import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';

import type { Problem } from '../support/api.js';
import { PARTNER_A } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { range } from '../support/stock.js';
import { Fleet } from './fleet.js';
import { times } from './form.js';
import { Load } from './load.js';
import { type OwnMysql, startOwnMysql } from './own-mysql.js';
import { FaultReport } from './report.js';
import { verdict } from './verdict.js';

jest.setTimeout(120_000);

const STRANGERS = 10;
const DEFAULT_MAX = 151;

let mysql: OwnMysql;
let fleet: Fleet;
/** MySQL keeps one connection beyond the limit for its administrator. */
let root: Connection;

beforeAll(async () => {
  mysql = await startOwnMysql();
  fleet = await Fleet.start(mysql.database.url, [{}]);
  root = await createConnection(mysql.server.rootUrl());
});
afterAll(async () => {
  await root.end();
  await fleet.end();
  await mysql.stop();
});

/** The strangers take all there are, and everybody else's are closed. */
async function exhaust(strangers: readonly Connection[]): Promise<void> {
  await root.query(`SET GLOBAL max_connections = ${STRANGERS}`);
  const [theirs] = await root.query<RowDataPacket[]>(
    "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = 'allotment' AND ID NOT IN (?)",
    [strangers.map(({ threadId }) => threadId)],
  );
  for (const { id } of theirs) await root.query(`KILL ${String(id)}`).catch(() => undefined); // gone meanwhile
}

describe('max_connections exhausted by strangers', () => {
  const report = new FaultReport(
    'mysql-too-many-connections',
    'all connections of MySQL taken by strangers (error 1040)',
  );
  it.each(range(1, times({ long: 3, short: 1 })))('is 503 with Retry-After, and heals, time %d', async () => {
    const load = await Load.start(mysql.database, fleet);
    await load.goesOn();
    const strangers = await Promise.all(range(0, STRANGERS).map(() => createConnection(mysql.database.url)));
    await exhaust(strangers);

    const { api } = fleet.instance(0);
    const refused = [
      await api.reserve<Problem>(PARTNER_A, { product_id: load.products.hot, quantity: 1 }),
      await api.reservations<Problem>(PARTNER_A),
    ];
    for (const reply of refused) {
      expectProblem(reply, 503, reply.body.code === 'overloaded' ? 'overloaded' : 'unavailable');
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await expect(createConnection(mysql.database.url)).rejects.toMatchObject({ errno: 1040 });

    await Promise.all(strangers.map((connection) => connection.end()));
    await root.query(`SET GLOBAL max_connections = ${DEFAULT_MAX}`);
    report.add(await verdict(mysql.database, fleet, load));
  });
});
