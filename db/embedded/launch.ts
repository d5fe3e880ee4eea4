import { closeSync, existsSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { createConnection } from 'mysql2/promise';
import type { Credentials, DataFolder } from './data-folder.js';
import { writeInitFile } from './data-folder.js';
import { EmbeddedMysqlError } from './errors.js';
import { startOnLifeline, type Lifeline } from './lifeline.js';
import type { FoundMysqld } from './mysqld.js';
import { pause, telling } from './run.js';
import { initialiseOptions, serverOptions } from './server-options.js';

export interface Launch {
  readonly mysqld: FoundMysqld;
  readonly folder: DataFolder;
  readonly credentials: Credentials;
  readonly port: number;
  readonly more: readonly string[];
  readonly say: (line: string) => void;
}

const READY_POLL_MS = 40;
const READY_TIMEOUT_MS = 600_000; // recovery after a crash, or an upgrade to a newer MySQL, may well take minutes
const STILL_STARTING_MS = 10_000;
const QUOTED_LINES = 15;
const QUOTED_BYTES = 16_384;

/**
 * Makes the data when there is none yet. It works beside its final place, so that a killed one leaves nothing that looks whole.
 * @throws EmbeddedMysqlError `start_failed`
 */
export async function initialiseOnce(launch: Pick<Launch, 'mysqld' | 'folder' | 'more' | 'say'>): Promise<void> {
  const { mysqld, folder, more, say } = launch;
  rmSync(folder.newData, { recursive: true, force: true });
  if (existsSync(folder.data) && readdirSync(folder.data).length > 0) return;
  say(`Initialising a MySQL ${mysqld.version} data folder in ${folder.data}`);
  const from = sizeOf(folder.log);
  const work = await startOnLifeline({
    command: mysqld.command,
    args: initialiseOptions(mysqld, folder, more),
    log: folder.log,
    atEnd: 'KILL',
  });
  const code = await telling(work.exited, STILL_STARTING_MS, () => say('Still initialising'));
  if (code !== 0) throw failure(`mysqld couldn't initialise ${folder.data} (exit ${String(code)})`, folder, from);
  renameSync(folder.newData, folder.data);
}

/**
 * Starts mysqld and waits until it answers. `started` is told at once, so that it can be ended before it answers.
 * @throws EmbeddedMysqlError `port_in_use`, `data_too_new`, `start_failed`
 */
export async function launch(wanted: Launch, started: (process: Lifeline) => void): Promise<Lifeline> {
  const { mysqld, folder, credentials, port, more, say } = wanted;
  writeInitFile(folder, credentials);
  const from = sizeOf(folder.log);
  const process = await startOnLifeline({
    command: mysqld.command,
    args: serverOptions(mysqld, folder, { port, more }),
    log: folder.log,
    atEnd: 'TERM',
  });
  started(process);
  let ended: number | undefined;
  void process.exited.then((code) => (ended = code));
  const begun = performance.now();
  const untilReady = async (): Promise<void> => {
    while (!(await answers(folder, credentials))) {
      if (ended !== undefined) throw failure(`mysqld ended while starting (exit ${String(ended)})`, folder, from);
      if (performance.now() - begun > READY_TIMEOUT_MS) {
        process.letGo();
        throw failure(`mysqld didn't answer within ${String(READY_TIMEOUT_MS / 1000)} s`, folder, from);
      }
      await pause(READY_POLL_MS);
    }
  };
  await telling(untilReady(), STILL_STARTING_MS, () => say(`Still starting MySQL; it writes to ${folder.log}`));
  rmSync(folder.initFile, { force: true });
  return process;
}

/** As root through the private socket: only the server that has run our init file lets us in. */
async function answers(folder: DataFolder, { rootPassword }: Credentials): Promise<boolean> {
  if (!existsSync(folder.socket)) return false;
  try {
    const connection = await createConnection({ socketPath: folder.socket, user: 'root', password: rootPassword });
    await connection.end();
    return true;
  } catch {
    return false;
  }
}

function failure(what: string, folder: DataFolder, from: number): EmbeddedMysqlError {
  const said = tail(folder.log, from);
  const quoted = `${what}. The end of ${folder.log}:\n${said}`;
  if (/Do you already have another mysqld server running on port|Can't start server: Bind on TCP/i.test(said)) {
    return new EmbeddedMysqlError('port_in_use', quoted);
  }
  if (/downgrade/i.test(said)) {
    return new EmbeddedMysqlError(
      'data_too_new',
      `The data in ${folder.data} were written by a newer MySQL than the one found; set MYSQLD to that newer one, or use another folder. ${quoted}`,
    );
  }
  return new EmbeddedMysqlError('start_failed', quoted);
}

/** The last lines that were written since `from`. */
function tail(log: string, from: number): string {
  const size = sizeOf(log);
  const start = Math.max(from, size - QUOTED_BYTES);
  const buffer = Buffer.alloc(Math.max(size - start, 0));
  const fd = openSync(log, 'r');
  try {
    readSync(fd, buffer, 0, buffer.length, start);
  } finally {
    closeSync(fd);
  }
  return buffer.toString().trim().split('\n').slice(-QUOTED_LINES).join('\n') || '(it wrote nothing)';
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Whether a TCP port of 127.0.0.1 is free at this moment; port 0 is answered with a free one. */
export function freePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
