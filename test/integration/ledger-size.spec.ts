import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';

import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';

import { databaseName } from '../../src/database/typeorm.js';
import { lastSeqUntil } from '../../src/events/ledger-time.query.js';
import { linesOf, placeAfter, type Stretch } from '../../src/events/movement.query.js';
import { emptyDatabase, env, type TestDatabase } from '../support/database.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { fillLedger, FILLED_FROM, type Balance, type Lines } from '../support/ledger.js';
import { type Service, startService } from '../support/service.js';
import { range } from '../support/stock.js';
import { eventually, timed } from '../support/wait.js';

jest.setTimeout(180_000);

const PRODUCTS = range(2001, 200);
const LINES_EACH = 5_000;
const LINES = PRODUCTS.length * LINES_EACH;
const SHOWN_AFTER_MS = 1_000;

let database: TestDatabase;
let service: Service;
let root: Connection;

beforeAll(async () => {
  database = await emptyDatabase();
  root = await createConnection(env('TEST_MYSQL_ROOT_URL'));
  service = await start();
  await addOperator(database);
  await database.rows(
    `DELETE FROM inventory_movements; DELETE FROM order_lines; DELETE FROM channel_reservations;
     INSERT INTO products (id, name, currency, time_zone, weekday_price, weekend_price) VALUES ?;
     INSERT INTO product_inventory (product_id, sellable_cap, channel_allocations) VALUES ?`,
    [
      PRODUCTS.map((id) => [id, `Product ${id}`, 'CNY', 'Asia/Shanghai', '100.00', '120.00']),
      PRODUCTS.map((id) => [id, 2000, '{"direct": {"allocated": 1000}, "ota": {"allocated": 1000}}']),
    ],
  );
  await fillLedger(database, PRODUCTS, LINES_EACH);
});
afterAll(async () => {
  await service.end();
  await root.end();
  await database.drop();
});

const start = (): Promise<Service> =>
  startService({
    DATABASE_URL: database.url,
    DEMO_DATA: 'true',
    RECONCILE_INTERVAL_SECONDS: '0',
    SHUTDOWN_MAX_SECONDS: '60',
  });

const get = <T>(path: string) => service.api.desk<T>(OPERATOR, `GET ${path}`);

/** The answer to a request for a file, with nothing read of its body yet. */
async function open(query = ''): Promise<IncomingMessage> {
  const sent = request(`${service.api.base}/api/admin/movements.csv${query}`, { headers: { 'x-api-key': OPERATOR } });
  const [answer] = (await once(sent.end(), 'response')) as [IncomingMessage];
  return answer;
}

const residentMb = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service.process.pid}/status`, 'utf8'))?.[1]) / 1024;

/** The service's own time on the processor, which a busy machine hardly stretches. */
function processorMs(): number {
  const [, user, system] =
    /\) (?:\S+ ){11}(\d+) (\d+)/.exec(readFileSync(`/proc/${service.process.pid}/stat`, 'utf8')) ?? [];
  return (Number(user) + Number(system)) * 10;
}

/** Rows of the ledger that were read so far. Statements are counted by digest, of which a server keeps no more than 10 000. */
async function rowsRead(): Promise<number> {
  const [rows] = await root.query<RowDataPacket[]>(
    `SELECT CAST(COUNT_FETCH AS UNSIGNED) AS n FROM performance_schema.table_io_waits_summary_by_table
     WHERE OBJECT_SCHEMA = ? AND OBJECT_NAME = 'inventory_movements'`,
    [databaseName(database.url)],
  );
  return Number(rows[0]?.['n']);
}

/** How many there were when there were no more for a while. */
async function standstill(): Promise<number> {
  let before = -1;
  let count = -1;
  await eventually(
    'the ledger is no longer read',
    async () => {
      [before, count] = [count, await rowsRead()];
      return count === before;
    },
    20_000,
    400,
  );
  return count;
}

describe('a million lines', () => {
  it('are a file, every line once, in order, in the same memory as a few', async () => {
    await (await open('?product_id=2001')).resume().toArray();
    const before = residentMb();
    const started = processorMs();
    const memory: number[] = [];
    const sampling = setInterval(() => memory.push(residentMb()), 50);
    let lines = 0;
    let rest = '';
    let last = '';
    let unordered = 0;
    const { ms } = await timed(
      (async () => {
        for await (const chunk of await open()) {
          const parts = `${rest}${String(chunk)}`.split('\r\n');
          rest = parts.pop() ?? '';
          for (const part of parts) {
            const [product = '', seq = '', time = ''] = part.split(',', 3);
            const place = `${time} ${product} ${seq.padStart(7)}`;
            if (lines > 0 && place <= last) unordered++;
            if (lines > 0) last = place;
            lines++;
          }
        }
      })(),
    );
    clearInterval(sampling);
    process.stderr.write(
      `ledger: ${lines} lines in ${Math.round(ms)} ms, memory ${Math.round(before)} to ${Math.round(Math.max(...memory))} MB\n`,
    );
    expect({ lines, unordered, rest }).toEqual({ lines: LINES + 1, unordered: 0, rest: '' });
    const spent = processorMs() - started;
    expect(spent).toBeGreaterThan(0);
    expect(spent).toBeLessThan(30_000);
    // The lines as objects would be 500 MB. V8 lets a hundred lie around before it tidies up.
    expect(Math.max(...memory) - before).toBeLessThan(200);
    const [early = 0, late = 0] = [memory.slice(0, memory.length / 2), memory.slice(memory.length / 2)].map((half) =>
      Math.max(...half),
    );
    expect(late - early).toBeLessThan(40);
  });

  it('are read no faster than they are taken, and no more once the client has hung up', async () => {
    const begun = await rowsRead();
    const answer = await open();
    answer.once('data', () => answer.pause());
    await once(answer, 'data');
    // Sockets take some megabytes.
    const paused = await standstill();
    expect(paused - begun).toBeGreaterThan(0);
    expect(paused - begun).toBeLessThan(LINES / 2);
    answer.resume();
    await eventually('it goes on', async () => (await rowsRead()) > paused + 20_000);
    answer.destroy();
    expect((await standstill()) - paused).toBeLessThan(LINES / 2);
  });

  it('are found by each filter in little time', async () => {
    const slow: unknown[] = [];
    const from = new Date(FILLED_FROM + 4_000_000).toISOString();
    const to = new Date(FILLED_FROM + 4_500_000).toISOString();
    for (const scope of ['', 'product_id=2050&', `from=${from}&to=${to}&`, `product_id=2050&from=${from}&to=${to}&`]) {
      for (const filter of [
        ...['', 'channel_id=ota', 'channel_id=direct', 'partner_id=partner-7', 'partner_id=nobody', 'kind=expired'],
        ...['actor=key:1', 'actor=key:9', 'reservation_id=res_fill_2050_2100&product_id=2050', 'kind=opened'],
      ]) {
        if (scope.includes('product_id') && filter.includes('product_id')) continue;
        for (const order of ['newest', 'oldest']) {
          const { result, ms } = await timed(get<Lines>(`movements?${scope}${filter}&order=${order}`));
          if (result.status !== 200) throw new Error(result.text);
          if (ms > SHOWN_AFTER_MS) slow.push([scope, filter, order, ms]);
        }
      }
    }
    expect(slow).toEqual([]);
  });

  it('tell the balance at any moment in little time', async () => {
    for (const after of [0, 1, 2, 3, 2_500, 4_999, 5_000, 90_000]) {
      const at = new Date(FILLED_FROM + after * 1_000).toISOString();
      const { result, ms } = await timed(get<Balance>(`products/2100/balance?at=${at}`));
      expect(result.body.seq).toBe(Math.min(after, LINES_EACH));
      expect(result.body.channels.map(({ seq }) => seq)).toEqual(
        after === 0 ? [] : after === 1 ? [1] : [1, Math.min(after, LINES_EACH)],
      );
      expect(ms).toBeLessThan(SHOWN_AFTER_MS);
    }
  });

  it('end a page that finds little, and the next goes on where it ended', async () => {
    let pages = 0;
    let found = 0;
    for (let cursor = ''; ; pages++) {
      const { body } = await get<Lines>(`movements?kind=opened&order=oldest&limit=1000${cursor}`);
      found += body.movements.length;
      if (body.next_cursor === null) break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect({ found, pages }).toEqual({ found: 2 * PRODUCTS.length, pages: LINES / 10_000 });
  });

  it('are looked for among a few at a time', async () => {
    const run = async (sql: string, values: readonly unknown[]): Promise<Record<string, unknown>[]> =>
      database.rows<Record<string, unknown>>(sql, values);
    const asked: number[] = [];
    const seq = await lastSeqUntil(
      async ({ sql, values, read }) => {
        const rows = await run(sql, values);
        asked.push(rows.length);
        return read(rows as never);
      },
      2100,
      { at: '2026-01-01 00:42:00.000000', itself: true },
    );
    expect({ seq, statements: asked.length <= 5 }).toEqual({ seq: 2_520, statements: true });
  });
});

const PLACE = { productId: 2050, seq: 2_000, occurredAt: '2026-01-01 00:33:20.000000' };
const STRETCHES: readonly Stretch[] = [
  { newestFirst: true },
  { newestFirst: false },
  { newestFirst: true, product: { id: 2050, firstSeq: 1, lastSeq: 4_000 } },
].flatMap((stretch) => [stretch, { ...stretch, after: PLACE }, { ...stretch, to: '2026-01-01 01:00:00' }]);

describe('the index of the order is used, and nothing is sorted:', () => {
  const FILTERS = [
    {},
    { channelId: 'ota' },
    { partnerId: 'partner-7' },
    { kind: 'expired' },
    { actor: 'key:1' },
    { reservationId: 'res_fill_2050_7' },
    { from: '2026-01-01 00:00:10', to: '2026-01-01 00:50:00' },
  ];
  const cases = STRETCHES.flatMap((stretch) =>
    FILTERS.map((filter) => [JSON.stringify(stretch), JSON.stringify(filter), stretch, filter] as const),
  );
  it.each(cases)('%s %s', async (_, __, stretch, filter) => {
    for (const { sql, values } of [linesOf(stretch, filter, 101), placeAfter(stretch, 20_000)]) {
      const plan = await database.rows<Record<string, unknown>>(`EXPLAIN FORMAT=TRADITIONAL ${sql}`, values);
      expect(plan).toHaveLength(1);
      expect(plan[0]).toMatchObject({ key: stretch.product ? 'PRIMARY' : 'inventory_movements_time' });
      expect(['range', 'index']).toContain(plan[0]?.['type']);
      expect(String(plan[0]?.['Extra'])).not.toMatch(/filesort|temporary/);
    }
  });
});

describe('a process that is stopped while a file is sent', () => {
  it('breaks it off, so that its client sees that it is not whole, and ends in time', async () => {
    const answer = await open();
    const cut = once(answer, 'error') as Promise<[Error]>;
    answer.once('data', () => answer.pause());
    await once(answer, 'data');
    const { result: code, ms } = await timed(service.end('SIGTERM'));
    answer.resume();
    const [error] = await cut;
    expect({ code, message: error.message, whole: answer.complete }).toEqual({
      code: 0,
      message: 'aborted',
      whole: false,
    });
    expect(ms).toBeLessThan(10_000);
    service = await start();
  });
});
