import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createConnection, type RowDataPacket } from 'mysql2/promise';

import { openDataFolder } from '../../db/embedded/data-folder.js';
import { type FolderLock, isHeldByUs, tryLock } from '../../db/embedded/folder-lock.js';
import { type EmbeddedMysqlOptions, startEmbeddedMysql, startHolding } from '../../db/embedded/mysql-server.js';
import { shareEmbeddedMysql, type SharedMysql } from '../../db/embedded/shared-server.js';

jest.setTimeout(180_000); // the very first run on a machine fetches MySQL

const dataDir = join(mkdtempSync(join(tmpdir(), 'allotment-shared-')), 'mysql');
afterAll(() => rmSync(join(dataDir, '..'), { recursive: true, force: true }));

let said: string[] = [];
const options: EmbeddedMysqlOptions = { dataDir, say: (line) => said.push(line) };
const stops: (() => Promise<void>)[] = [];

async function share(): Promise<SharedMysql> {
  const server = await shareEmbeddedMysql(options);
  stops.push(() => server.stop());
  return server;
}

async function serve(): ReturnType<typeof startEmbeddedMysql> {
  const server = await startEmbeddedMysql(options);
  stops.push(() => server.stop());
  return server;
}

beforeEach(() => {
  said = [];
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** Of the mysqld that answers there, as the user that a URL names. */
async function dataFolderAt(url: string): Promise<string> {
  const connection = await createConnection(url);
  try {
    const [[row]] = await connection.query<RowDataPacket[]>('SELECT @@datadir AS folder');
    return String(row?.['folder']);
  } finally {
    await connection.end();
  }
}

const hold = (): FolderLock => {
  const outcome = tryLock(openDataFolder(dataDir).lock, 'service');
  if (isHeldByUs(outcome)) return outcome;
  throw new Error('somebody else holds the folder');
};

describe('a command', () => {
  it('runs a server of its own when there is none, and stops it', async () => {
    const command = await share();
    expect(command.own).toBe(true);
    const url = command.url('');
    expect(await dataFolderAt(url)).toBe(`${join(dataDir, 'data')}/`);
    await command.stop();
    await expect(dataFolderAt(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it("joins a service's server, and leaves it running", async () => {
    const service = await serve();
    const command = await share();
    expect({ own: command.own, url: command.url('allotment') }).toEqual({ own: false, url: service.url('allotment') });
    await command.stop();
    expect(await dataFolderAt(service.url(''))).toBe(`${join(dataDir, 'data')}/`);
  });

  it('waits for a service that is starting', async () => {
    const lock = hold();
    const joined = share();
    const service = await startHolding(lock, openDataFolder(dataDir), options);
    stops.push(() => service.stop());
    expect((await joined).url('')).toBe(service.url(''));
  });

  it('waits for the end of another, whose server ends with it', async () => {
    const first = await share();
    let through = false;
    const second = share().finally(() => (through = true));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(through).toBe(false);
    expect(said.at(-1)).toBe(`Waiting for process ${process.pid}, a command that uses ${dataDir}`);
    await first.stop();
    expect((await second).own).toBe(true);
  });
});

describe('a service', () => {
  it('waits for the end of a command', async () => {
    const command = await share();
    const service = serve();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(said.at(-1)).toBe(`Waiting for process ${process.pid}, a command that uses ${dataDir}`);
    await command.stop();
    expect(await dataFolderAt((await service).url(''))).toBe(`${join(dataDir, 'data')}/`);
  });
});
