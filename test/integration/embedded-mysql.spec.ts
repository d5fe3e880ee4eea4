import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { EmbeddedMysqlError } from '../../db/embedded/errors.js';
import { locateMysqld } from '../../db/embedded/locate.js';
import { startEmbeddedMysql, type EmbeddedMysql, type EmbeddedMysqlOptions } from '../../db/embedded/mysql-server.js';
import { pause } from '../../db/embedded/run.js';

jest.setTimeout(180_000); // the very first run on a machine fetches MySQL

const scratch = mkdtempSync(join(tmpdir(), 'allotment-mysql-'));
const dataDir = join(scratch, 'mysql');
const servers: EmbeddedMysql[] = [];
const said: string[] = [];

async function start(options: Partial<EmbeddedMysqlOptions> = {}): Promise<EmbeddedMysql> {
  const server = await startEmbeddedMysql({ dataDir, say: (line) => said.push(line), ...options });
  servers.push(server);
  return server;
}

async function query(url: string, sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    await connection.end();
  }
}

async function faultOf(work: Promise<unknown>): Promise<EmbeddedMysqlError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof EmbeddedMysqlError) return thrown;
  throw new Error(`expected an EmbeddedMysqlError, got ${String(thrown)}`);
}

async function eventually(what: string, holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${String(withinMs)} ms: ${what}`);
    await pause(50);
  }
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${String(pid)}`);

/** A program that answers `--version` with a line. */
function fakeMysqld(folder: string, line: string): string {
  mkdirSync(join(scratch, folder));
  const path = join(scratch, folder, 'mysqld');
  writeFileSync(path, `#!/bin/sh\necho '${line}'\n`);
  chmodSync(path, 0o755);
  return path;
}

const MARIADB = 'mysqld  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)';
const OLD_MYSQL = '/usr/sbin/mysqld  Ver 8.0.43-0ubuntu0.24.04.1 for Linux on x86_64 ((Ubuntu))';

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(scratch, { recursive: true, force: true });
});

describe('a running server', () => {
  let server: EmbeddedMysql;
  beforeAll(async () => {
    server = await start();
    await query(server.rootUrl(), 'CREATE DATABASE allotment_test');
    await query(server.url('allotment_test'), 'CREATE TABLE kept (id INT PRIMARY KEY)');
    await query(server.url('allotment_test'), 'INSERT INTO kept VALUES (7)');
  });

  it('is MySQL 8.4 or newer with full durability', async () => {
    const [row] = await query(
      server.url('allotment_test'),
      'SELECT VERSION() AS version, @@log_bin AS log_bin, @@innodb_flush_log_at_trx_commit AS flush_log, @@sync_binlog AS sync_binlog',
    );
    expect(row).toMatchObject({ log_bin: 1, flush_log: 1, sync_binlog: 1 });
    expect(String(row?.version)).toContain(server.version);
    const [major = 0, minor = 0] = server.version.split('.').map(Number);
    expect(major * 100 + minor).toBeGreaterThanOrEqual(804);
  });

  it('lets nobody in without a password, and keeps the passwords to its owner', async () => {
    const withoutPassword = { socketPath: server.socket, user: 'root' };
    await expect(createConnection(withoutPassword)).rejects.toMatchObject({ code: 'ER_ACCESS_DENIED_ERROR' });
    expect(statSync(join(dataDir, 'credentials.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).not.toContain('init.sql');
  });

  it("gives the app's user databases named allotment…, with triggers and events, and no others", async () => {
    const app = server.url('allotment_test');
    await query(app, 'CREATE DATABASE allotment_more');
    await query(app, 'CREATE TRIGGER allotment_test.refuse BEFORE DELETE ON kept FOR EACH ROW SIGNAL SQLSTATE "45000"');
    await query(app, 'CREATE EVENT allotment_test.nothing ON SCHEDULE EVERY 1 DAY DO SELECT 1');
    await query(app, 'DROP DATABASE allotment_more');
    await expect(query(app, 'SELECT * FROM mysql.user')).rejects.toMatchObject({ code: 'ER_TABLEACCESS_DENIED_ERROR' });
    await expect(query(app, 'CREATE DATABASE other')).rejects.toMatchObject({ code: 'ER_DBACCESS_DENIED_ERROR' });
  });

  it('keeps a second one off its folder, naming who holds it', async () => {
    const fault = await faultOf(start());
    expect(fault.fault).toBe('folder_held');
    expect(fault.message).toContain(dataDir);
    expect(fault.message).toContain(`process ${String(process.pid)}`);
  });

  it('comes back on the same port when it is killed', async () => {
    const before = server.pid;
    process.kill(before, 'SIGKILL');
    await eventually('another mysqld', () => server.pid !== before && isAlive(server.pid));
    await eventually('it answers', () =>
      query(server.url('allotment_test'), 'SELECT * FROM kept').then(
        () => true,
        () => false,
      ),
    );
    expect(isAlive(before)).toBe(false);
    expect(said.join('\n')).toMatch(`mysqld ${String(before)} ended unexpectedly`);
  });

  it('keeps its data over stop and start, and heals lost credentials', async () => {
    const { pid } = server;
    await Promise.all([server.stop(), server.stop()]);
    expect(isAlive(pid)).toBe(false);
    rmSync(join(dataDir, 'credentials.json'));
    server = await start();
    expect(await query(server.url('allotment_test'), 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
  });

  it('is refused a port that is in use', async () => {
    await server.stop();
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const fault = await faultOf(start({ port }));
    taken.close();
    expect(fault.fault).toBe('port_in_use');
    expect(fault.message).toContain(String(port));
  });

  it("quotes the server's log when it can't start", async () => {
    const fault = await faultOf(start({ serverOptions: ['--no-such-option'] }));
    expect(fault.fault).toBe('start_failed');
    expect(fault.message).toContain('no-such-option');
  });

  it('dies with a process that is killed, and the next start takes over', async () => {
    const owner = await startInChild(dataDir);
    await owner.kill();
    const next = await start(); // at once: the orphan is still shutting down
    expect(isAlive(owner.mysqld)).toBe(false);
    expect(await query(next.url('allotment_test'), 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
    await next.stop();
  });

  it('dies with a process that is killed when nothing follows', async () => {
    const owner = await startInChild(dataDir);
    await owner.kill();
    await eventually('mysqld ends', () => !isAlive(owner.mysqld));
    await eventually(
      'its guard ends',
      () => !readdirSync('/proc').some((pid) => commandLine(pid).includes(`--datadir=${dataDir}/data`)),
    );
  });

  it('works in a folder whose path is too long for a socket', async () => {
    const long = join(scratch, 'a'.repeat(60), 'b'.repeat(60));
    cpSync(join(dataDir, 'data'), join(long, 'data'), { recursive: true });
    const far = await start({ dataDir: long });
    expect(Buffer.byteLength(far.socket)).toBeLessThan(104);
    expect(await query(far.url('allotment_test'), 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
    await far.stop();
    expect(existsSync(far.socket)).toBe(false);
  });
});

it('heals a folder whose initialisation was killed', async () => {
  const half = join(scratch, 'half');
  mkdirSync(join(half, 'data.new', 'mysql'), { recursive: true });
  writeFileSync(join(half, 'data.new', 'ibdata1'), 'half');
  writeFileSync(join(half, 'credentials.json'), '{"rootPass');
  const server = await start({ dataDir: half });
  expect(await query(server.rootUrl(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(readdirSync(half)).not.toContain('data.new');
  await server.stop();
});

describe("the operator's choice of mysqld", () => {
  it.each([
    ['maria', MARIADB, 'MariaDB 10.11.6-MariaDB-0+deb12u1'],
    ['old', OLD_MYSQL, 'MySQL 8.0.43-0ubuntu0.24.04.1'],
  ])('is refused by name and version: %s', async (folder, line, name) => {
    const mysqld = fakeMysqld(folder, line);
    const fault = await faultOf(start({ dataDir: join(scratch, `of-${folder}`), mysqld }));
    expect(fault.fault).toBe('mysqld_refused');
    expect(fault.message).toContain(mysqld);
    expect(fault.message).toContain(name);
  });

  it('is passed over when it only happens to be on PATH', async () => {
    const mysqld = fakeMysqld('path', MARIADB);
    const lines: string[] = [];
    const env = { ...process.env, HOME: homedir(), PATH: `${join(scratch, 'path')}:${process.env.PATH ?? ''}` };
    const found = await locateMysqld({ dataDir, env, say: (line) => lines.push(line) });
    expect(found.command).not.toBe(mysqld);
    expect(lines.join('\n')).toContain(`Passing over ${mysqld}: it is MariaDB 10.11.6`);
  });
});

function commandLine(pid: string): string[] {
  try {
    return readFileSync(join('/proc', pid, 'cmdline'), 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** A process of its own that runs a server and does nothing else. */
async function startInChild(folder: string): Promise<{ mysqld: number; kill: () => Promise<void> }> {
  const compiled = join(scratch, 'compiled');
  mkdirSync(compiled, { recursive: true });
  const sources = join(__dirname, '..', '..', 'db', 'embedded');
  for (const name of readdirSync(sources).filter((file) => file.endsWith('.ts'))) {
    const { outputText } = transpileModule(readFileSync(join(sources, name), 'utf8'), {
      compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2023 },
    });
    writeFileSync(join(compiled, name.replace(/\.ts$/, '.js')), outputText);
  }
  const main = `
    const { startEmbeddedMysql } = require(${JSON.stringify(join(compiled, 'mysql-server.js'))});
    startEmbeddedMysql({ dataDir: ${JSON.stringify(folder)}, say: () => undefined }).then((server) => console.log(server.pid));
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['-e', main], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_PATH: join(__dirname, '..', '..', 'node_modules') },
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    child.once('exit', (code) => reject(new Error(`the child ended with ${String(code)}`)));
  });
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      child.removeAllListeners('exit').once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  return { mysqld: Number(line), kill };
}
