import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { APP_USER, openDataFolder, readCredentials, type DataFolder } from './data-folder.js';
import { EmbeddedMysqlError } from './errors.js';
import { isHeldByUs, tryLock } from './folder-lock.js';
import { CommandWait, startHolding, type EmbeddedMysql, type EmbeddedMysqlOptions } from './mysql-server.js';
import { pause } from './run.js';
import { serverUrl } from './server-url.js';

/** A private server to work with for a while: a running service's, or one of our own. */
export interface SharedMysql {
  url: EmbeddedMysql['url'];
  /** Stops it if it is our own. */
  stop: EmbeddedMysql['stop'];
  /** Whether nobody else works with it. */
  readonly own: boolean;
}

/** A service that is starting is waited for so long: the first time it fetches MySQL. */
const READY_TIMEOUT_MS = 120_000;
const READY_POLL_MS = 100;

/**
 * For a command: joins the server that a service runs in the folder, or runs one until the command is done. Two commands go
 * one after the other, because a server ends with the one that started it.
 *
 * @throws EmbeddedMysqlError
 */
export async function shareEmbeddedMysql(options: Omit<EmbeddedMysqlOptions, 'purpose'>): Promise<SharedMysql> {
  const folder = openDataFolder(options.dataDir);
  const deadline = performance.now() + READY_TIMEOUT_MS;
  for (const waiting = new CommandWait(folder, options.say); ;) {
    const outcome = tryLock(folder.lock, 'command');
    if (isHeldByUs(outcome)) {
      const server = await startHolding(outcome, folder, { ...options, purpose: 'command' });
      return { url: (database) => server.url(database), stop: () => server.stop(), own: true };
    }
    if (outcome.purpose === 'command') {
      await waiting.pause(outcome);
      continue;
    }
    const url = await urlOf(folder);
    if (url) return { url, stop: () => Promise.resolve(), own: false };
    if (performance.now() > deadline) {
      throw new EmbeddedMysqlError(
        'folder_held',
        `Process ${String(outcome.pid ?? '(unknown)')} holds ${folder.dir}, but its MySQL has not answered for ${String(READY_TIMEOUT_MS / 1000)} s; it writes to ${folder.log}. Stop that process and try again.`,
      );
    }
    await pause(READY_POLL_MS);
  }
}

/** Asked through the socket, whose place is known; the port was whichever was free. @returns `undefined` while it doesn't answer */
async function urlOf(folder: DataFolder): Promise<EmbeddedMysql['url'] | undefined> {
  const password = readCredentials(folder)?.appPassword;
  if (password === undefined) return undefined;
  try {
    const connection = await createConnection({ socketPath: folder.socket, user: APP_USER, password });
    try {
      const [[row]] = await connection.query<RowDataPacket[]>('SELECT @@port AS port');
      const port = Number(row?.['port']);
      return (database) => serverUrl({ user: APP_USER, password, port, database });
    } finally {
      connection.destroy();
    }
  } catch {
    return undefined; // it is starting, or being restarted
  }
}
