import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

import { createServer as createMysqlServer, type Connection } from 'mysql2';

import { readConfig } from '../../src/config/config.js';
import { DatabaseError } from '../../src/database/database-error.js';
import { checkServer } from '../../src/database/server-check.js';
import { PARTNER_A } from '../support/app.js';
import { emptyDatabase, env, newDatabaseUrl, type TestDatabase } from '../support/database.js';
import { type Ended, runService, type Service, startService } from '../support/service.js';

const ENOUGH = { DATABASE_WAIT_SECONDS: '0' };

/** The start was refused, in words: what is said, and nothing of the inside. */
function expectRefusal({ code, output }: Ended, ...said: (string | RegExp)[]): void {
  expect({ code, output }).toEqual({ code: 1, output });
  for (const words of said) expect(output).toMatch(words);
  expect(output).not.toMatch(/^\s+at /m);
  expect(output).not.toContain('ready on');
  expect(output).not.toContain(new URL(env('TEST_MYSQL_URL')).password);
}

const exists = async ({ url, rows }: TestDatabase): Promise<boolean> =>
  (await rows('SELECT 1 FROM information_schema.tables WHERE table_schema = ?', [new URL(url).pathname.slice(1)]))
    .length > 0;

describe('settings', () => {
  it('are all named when several are wrong, and nothing is started', async () => {
    const { code, output } = await runService({
      PORT: '80800',
      DATABASE_URL: 'postgres://u:very-secret@h/d',
      DATABASE_POOL_MAX: '1.5',
      HOLD_TTL_SECONDS: '24h',
      LOG_LEVEL: 'loud',
      DEMO_DATA: 'maybe',
      QUEUE_WAIT_MAX_MS: '',
      HOLD_TTL_SECOND: '60',
      DATABSE_URL: 'mysql://u:very-secret@h/d',
    });
    expectRefusal({ code, output }, /9 settings are wrong/, /README\.md/);
    for (const name of [
      'PORT',
      'DATABASE_URL',
      'DATABASE_POOL_MAX',
      'HOLD_TTL_SECONDS',
      'LOG_LEVEL',
      'DEMO_DATA',
      'QUEUE_WAIT_MAX_MS',
    ])
      expect(output).toMatch(new RegExp(`^ {2}${name}: `, 'm'));
    expect(output).toMatch(/HOLD_TTL_SECOND: .*did you mean HOLD_TTL_SECONDS/);
    expect(output).toMatch(/DATABSE_URL: .*did you mean DATABASE_URL/);
    expect(output).not.toContain('very-secret');
  });

  it.each([
    [{ PORT: '-1' }, /PORT: '-1' is not a whole number from 0 to 65535/],
    [{ DATABASE_URL: 'mysql://h:3306' }, /DATABASE_URL: names no database/],
    [{ DATABASE_URL: '' }, /DATABASE_URL: is not of the form mysql:/],
  ])('one that is wrong: %j', (settings, said) => {
    expect(() => readConfig(settings)).toThrow(/A setting is wrong/);
    expect(() => readConfig(settings)).toThrow(said);
  });
});

describe('a database that can not be used', () => {
  const servers: Server[] = [];
  afterAll(() => servers.forEach((server) => server.close()));

  async function listening(server: Server): Promise<number> {
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** Speaks MySQL's protocol, and says that it is this version. */
  async function fakeMysql(version: string): Promise<string> {
    const server = createMysqlServer((connection: Connection) => {
      const fake = connection as unknown as FakeConnection;
      fake.serverHandshake({
        protocolVersion: 10,
        serverVersion: version,
        connectionId: 1,
        statusFlags: 2,
        characterSet: 45,
        capabilityFlags: 0xff_f7_df, // neither TLS nor compression
        authCallback: (_: unknown, answer: (error: null) => void) => {
          answer(null);
          fake._resetSequenceId();
        },
      });
      fake.on('query', () =>
        fake.writeTextResult(
          [{ version }],
          [
            {
              catalog: 'def',
              schema: '',
              table: '',
              orgTable: '',
              name: 'version',
              orgName: 'version',
              characterSet: 45,
              columnLength: 255,
              columnType: 253,
              flags: 0,
              decimals: 0,
            },
          ],
        ),
      );
      fake.on('error', () => undefined);
    });
    const port = await listening((server as unknown as { _server: Server })._server);
    return `mysql://u:p@127.0.0.1:${port}/d`;
  }

  it('nothing listens there', async () => {
    const server = createServer();
    const port = await listening(server);
    server.close();
    const ended = await runService({ ...ENOUGH, DATABASE_URL: `mysql://u:very-secret@127.0.0.1:${port}/d` });
    expectRefusal(ended, /No MySQL answers at 127\.0\.0\.1:\d+ .*ECONNREFUSED.*DATABASE_URL/);
    expect(ended.output).not.toContain('very-secret');
  });

  it('something listens that is not MySQL and says nothing', async () => {
    const port = await listening(createServer((socket) => socket.resume().on('error', () => undefined)));
    expectRefusal(
      await runService({ ...ENOUGH, DATABASE_URL: `mysql://u:p@127.0.0.1:${port}/d` }),
      /No MySQL answers at 127\.0\.0\.1:\d+/,
    );
  });

  it('something listens that speaks another language', async () => {
    const port = await listening(
      createServer((socket) =>
        socket
          .resume()
          .on('error', () => undefined)
          .end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      ),
    );
    expectRefusal(
      await runService({ ...ENOUGH, DATABASE_URL: `mysql://u:p@127.0.0.1:${port}/d` }),
      /MySQL .*127\.0\.0\.1:\d+/,
    );
  });

  it('a wrong password', async () => {
    const url = new URL(newDatabaseUrl());
    url.password = 'very-wrong';
    const ended = await runService({ ...ENOUGH, DATABASE_URL: url.href });
    expectRefusal(ended, /refuses the user or password of DATABASE_URL/);
    expect(ended.output).not.toContain('very-wrong');
  });

  it('a database that the user may not create', async () => {
    const url = new URL(newDatabaseUrl());
    url.pathname = '/not_ours';
    expectRefusal(await runService({ ...ENOUGH, DATABASE_URL: url.href }), /not_ours|refuses the user/);
  });

  const VERSIONS: [string, RegExp][] = [
    ['10.11.6-MariaDB-0+deb12u1', /leads to MariaDB 10\.11\.6-MariaDB.*use MySQL 8\.4 or newer/],
    ['5.5.5-10.6.16-MariaDB', /leads to MariaDB .*10\.6\.16.*use MySQL 8\.4 or newer/],
    ['8.0.43', /leads to MySQL 8\.0\.43, which is too old: use MySQL 8\.4 or newer/],
    ['8.3.0', /leads to MySQL 8\.3\.0, which is too old/],
    ['5.7.44-log', /leads to MySQL 5\.7\.44-log, which is too old/],
  ];
  it.each(VERSIONS)('a server of version %s', async (version, said) => {
    const refusal = checkServer(await fakeMysql(version), 0, () => undefined);
    await expect(refusal).rejects.toThrow(DatabaseError);
    await expect(refusal).rejects.toThrow(said);
  });

  it.each(['8.4.0', '8.4.10-log', '9.7.4', '10.0.0'])('but one of version %s can', async (version) => {
    await expect(checkServer(await fakeMysql(version), 0, () => undefined)).resolves.toBeUndefined();
  });

  it('MariaDB ends the process with that sentence', async () => {
    const [[version, said] = ['', /^$/]] = VERSIONS;
    expectRefusal(await runService({ ...ENOUGH, DATABASE_URL: await fakeMysql(version) }), said);
  });
});

describe('the port', () => {
  it.each(['PORT', 'OPS_PORT'])('that is in use is named, with a way out: %s', async (setting) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const database = await emptyDatabase();
    const ended = await runService({ DATABASE_URL: database.url, [setting]: String(port) });
    expectRefusal(
      ended,
      new RegExp(`can't listen on 127\\.0\\.0\\.1:${port} \\(EADDRINUSE\\)`),
      new RegExp(`${setting}=`),
    );
    other.close();
    await database.drop();
  });
});

describe("an operator's own database", () => {
  let database: TestDatabase;
  let service: Service | undefined;
  beforeEach(async () => {
    database = await emptyDatabase();
  });
  afterEach(async () => {
    await service?.end();
    await database.drop();
  });

  it('is migrated and gets no demo data', async () => {
    service = await startService({ DATABASE_URL: database.url });
    expect(await exists(database)).toBe(true);
    for (const table of ['products', 'partners', 'api_keys', 'product_inventory', 'channel_reservations'])
      expect({ table, rows: await database.rows(`SELECT * FROM ${table}`) }).toEqual({ table, rows: [] });
    expect((await service.api.inventory(PARTNER_A)).status).toBe(401);
    expect(service.output()).not.toContain(PARTNER_A);
    expect((await service.api.send('/health/ready')).status).toBe(200);
  });

  it('gets it with DEMO_DATA=true, once, and is then told how to try it', async () => {
    const settings = { DATABASE_URL: database.url, DEMO_DATA: 'true' };
    service = await startService(settings);
    expect(await service.api.available(PARTNER_A, 106)).toBe(1800);
    await service.api.reserve(PARTNER_A, { product_id: 106, quantity: 1 });
    expect(service.output()).toContain(`curl -H "X-API-Key: ${PARTNER_A}"`);
    expect(await service.end()).toBe(0);

    service = await startService(settings);
    expect(await service.api.available(PARTNER_A, 106)).toBe(1799);
  });

  it('gets none when it is in use already', async () => {
    service = await startService({ DATABASE_URL: database.url });
    await database.rows("INSERT INTO partners (id, name, channel_id) VALUES ('own', 'own', 'ota')");
    expect(await service.end()).toBe(0);
    service = await startService({ DATABASE_URL: database.url, DEMO_DATA: 'true' });
    expect(await database.rows('SELECT id FROM partners')).toEqual([{ id: 'own' }]);
    expect(await database.rows('SELECT id FROM products')).toEqual([]);
  });

  it('is left alone with MIGRATE_ON_START=false: live, not ready', async () => {
    service = await startService({ DATABASE_URL: database.url, MIGRATE_ON_START: 'false', DEMO_DATA: 'true' });
    expect(await exists(database)).toBe(false);
    expect((await service.api.send('/health/live')).status).toBe(200);
    expect((await service.api.send('/health/ready')).status).toBe(503);
  });
});

it('a database that does not exist yet is created', async () => {
  const url = newDatabaseUrl();
  const service = await startService({ DATABASE_URL: url, DEMO_DATA: 'true' });
  expect(await service.api.available(PARTNER_A, 106)).toBe(1800);
  expect(await service.end()).toBe(0);
  const database = await emptyDatabase();
  await database.rows(`DROP DATABASE ${new URL(url).pathname.slice(1)}`);
  await database.drop();
});

it('logs are JSON lines on standard output, and no key is among them', async () => {
  const database = await emptyDatabase();
  const service = await startService({ DATABASE_URL: database.url, DEMO_DATA: 'true', LOG_LEVEL: 'trace' });
  await service.api.reserve(PARTNER_A, { product_id: 106, quantity: 1 }, { 'x-request-id': 'mine' });
  await service.api.inventory('secret-and-wrong');
  expect(await service.end()).toBe(0);
  const lines = service
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events.filter((event) => event['request_id'] === 'mine')).toEqual([
    expect.objectContaining({ level: 'info', time: expect.stringMatching(/Z$/), msg: 'ota.reservation.created' }),
    expect.objectContaining({ level: 'info', msg: 'http.request', route: '/api/ota/reserve', status: 201 }),
  ]);
  expect(lines.join('\n')).not.toMatch(/secret-and-wrong|ota_test_key_12345/);
  await database.drop();
});

interface FakeConnection {
  serverHandshake(options: Record<string, unknown>): void;
  on(event: string, listener: () => void): void;
  _resetSequenceId(): void;
  writeTextResult(rows: object[], columns: object[]): void;
}
