import { APP_USER, credentialsOf, openDataFolder, tidyUp, type DataFolder } from './data-folder.js';
import { EmbeddedMysqlError } from './errors.js';
import { isHeldByUs, tryLock, type FolderLock, type Holder, type Purpose } from './folder-lock.js';
import { freePort, initialiseOnce, type Launch } from './launch.js';
import { endLeftovers } from './leftovers.js';
import { locateMysqld } from './locate.js';
import { pause } from './run.js';
import { serverUrl } from './server-url.js';
import { Supervisor } from './supervisor.js';

export interface EmbeddedMysqlOptions {
  /** Who runs it, for whoever wants the folder too; a service, unless said otherwise. */
  readonly purpose?: Purpose;
  /** Folder of this server's own data, socket, log and lock; made if missing, kept over restarts. */
  readonly dataDir: string;
  /** TCP port on 127.0.0.1; 0 or absent: a free one is chosen. */
  readonly port?: number;
  /** Told a line of progress at a time. */
  readonly say: (line: string) => void;
  /** mysqld of the operator's choice (MYSQLD); refused by name if it isn't MySQL >= 8.4. */
  readonly mysqld?: string;
  /** More server options, e.g. `['--max-connections=500']`. */
  readonly serverOptions?: readonly string[];
}

export interface EmbeddedMysql {
  readonly version: string;
  readonly port: number;
  readonly socket: string;
  readonly dataDir: string;
  /** Of the present mysqld: another one after it was restarted. */
  readonly pid: number;
  /** mysql:// URL over TCP for the app's own user, who has all rights on databases `allotment%` and none elsewhere. */
  url(database: string): string;
  /** The same as the server's root user, for tests and benches only. */
  rootUrl(database?: string): string;
  /** Stops the server cleanly and lets go of the folder. Idempotent. */
  stop(): Promise<void>;
}

/** A command that uses the folder is waited for so long: most take seconds. */
const COMMAND_WAIT_MS = 60_000;
const COMMAND_POLL_MS = 100;
/** Between our finding a free port and mysqld's taking it, another process may take it. */
const FREE_PORT_TRIES = 5;

/**
 * Runs a private MySQL for as long as this process lives, and restarts it when it dies. Without `stop()` it ends with us,
 * however we end; it doesn't keep Node from ending.
 * @throws EmbeddedMysqlError with a message for people, see {@link EmbeddedMysqlError.fault}
 */
export async function startEmbeddedMysql(options: EmbeddedMysqlOptions): Promise<EmbeddedMysql> {
  const folder = openDataFolder(options.dataDir);
  return startHolding(await hold(folder, options), folder, options);
}

/** The same with the folder's lock held already; it goes with the server. */
export async function startHolding(
  lock: FolderLock,
  folder: DataFolder,
  options: EmbeddedMysqlOptions,
): Promise<EmbeddedMysql> {
  try {
    const wanted = await prepare(options, folder);
    return serving(await startOnPort(wanted, options.port ?? 0), folder, lock);
  } catch (thrown) {
    tidyUp(folder);
    lock.release();
    throw thrown;
  }
}

async function hold(folder: DataFolder, options: EmbeddedMysqlOptions): Promise<FolderLock> {
  for (const waiting = new CommandWait(folder, options.say); ;) {
    const outcome = tryLock(folder.lock, options.purpose ?? 'service');
    if (isHeldByUs(outcome)) return outcome;
    if (outcome.purpose !== 'command') throw folderHeld(folder, outcome);
    await waiting.pause(outcome);
  }
}

/** Waits for the end of a command that uses the folder, within bounds. */
export class CommandWait {
  private deadline: number | undefined;

  constructor(
    private readonly folder: DataFolder,
    private readonly say: (line: string) => void,
  ) {}

  /** @throws EmbeddedMysqlError `folder_held` when it takes too long */
  async pause(holder: Holder): Promise<void> {
    if (this.deadline === undefined) {
      this.deadline = performance.now() + COMMAND_WAIT_MS;
      this.say(`Waiting for process ${String(holder.pid)}, a command that uses ${this.folder.dir}`);
    }
    if (performance.now() > this.deadline) throw folderHeld(this.folder, holder);
    await pause(COMMAND_POLL_MS);
  }
}

const folderHeld = (folder: DataFolder, { pid }: Holder): EmbeddedMysqlError =>
  new EmbeddedMysqlError(
    'folder_held',
    `The MySQL folder ${folder.dir} is in use by process ${String(pid ?? '(unknown)')}, another Allotment. Stop that one, or use another folder.`,
  );

async function prepare(options: EmbeddedMysqlOptions, folder: DataFolder): Promise<Omit<Launch, 'port'>> {
  const { say, serverOptions: more = [] } = options;
  const mysqld = await locateMysqld({ mysqld: options.mysqld, dataDir: folder.dir, say });
  await endLeftovers([folder.data, folder.newData], say);
  await initialiseOnce({ mysqld, folder, more, say });
  return { mysqld, folder, more, say, credentials: credentialsOf(folder) };
}

interface Started {
  readonly wanted: Launch;
  readonly supervisor: Supervisor;
}

async function startOnPort(wanted: Omit<Launch, 'port'>, given: number): Promise<Started> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort(given);
    if (port === undefined) {
      throw new EmbeddedMysqlError(
        'port_in_use',
        `Port ${String(given)} of 127.0.0.1, meant for MySQL, is in use. Stop what uses it, or choose another port.`,
      );
    }
    const complete = { ...wanted, port };
    try {
      const supervisor = await Supervisor.start(complete);
      wanted.say(
        `MySQL ${wanted.mysqld.version} (${wanted.mysqld.from}) runs on 127.0.0.1:${String(port)}, data in ${wanted.folder.data}`,
      );
      return { wanted: complete, supervisor };
    } catch (thrown) {
      const isTaken = thrown instanceof EmbeddedMysqlError && thrown.fault === 'port_in_use';
      if (!isTaken || given !== 0 || tries >= FREE_PORT_TRIES) throw thrown;
    }
  }
}

function serving({ wanted, supervisor }: Started, folder: DataFolder, lock: FolderLock): EmbeddedMysql {
  const { port, credentials, mysqld } = wanted;
  const stopOnce = async (): Promise<void> => {
    await supervisor.stop();
    tidyUp(folder);
    lock.release();
  };
  let stopped: Promise<void> | undefined;
  return {
    version: mysqld.version,
    port,
    socket: folder.socket,
    dataDir: folder.dir,
    get pid() {
      return supervisor.pid;
    },
    url: (database) => serverUrl({ user: APP_USER, password: credentials.appPassword, port, database }),
    rootUrl: (database = '') => serverUrl({ user: 'root', password: credentials.rootPassword, port, database }),
    stop: () => (stopped ??= stopOnce()),
  };
}
