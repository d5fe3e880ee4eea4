import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { codeOf, EmbeddedMysqlError, messageOf } from './errors.js';

/** What lies where in a server's folder. */
export interface DataFolder {
  readonly dir: string;
  readonly data: string;
  /** Where a first initialisation works; it becomes `data` when it is through. */
  readonly newData: string;
  readonly log: string;
  readonly lock: string;
  readonly socket: string;
  readonly pidFile: string;
  readonly credentials: string;
  readonly initFile: string;
}

export interface Credentials {
  readonly rootPassword: string;
  readonly appPassword: string;
}

/** The user that the app works as. */
export const APP_USER = 'allotment';
/** `sun_path` has 108 bytes; some clients and mysqld's `.lock` file beside the socket need a few less. */
const SOCKET_PATH_BYTES_MAX = 100;
const PASSWORD_BYTES = 24;

/**
 * Makes the folder when it is missing.
 * @throws EmbeddedMysqlError `folder_unusable`
 */
export function openDataFolder(dataDir: string): DataFolder {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const dir = realpathSync(resolve(dataDir)); // one name, by which a leftover mysqld is recognised
    return {
      dir,
      data: join(dir, 'data'),
      newData: join(dir, 'data.new'),
      log: join(dir, 'mysqld.log'),
      lock: join(dir, 'lock'),
      socket: socketPath(dir),
      pidFile: join(dir, 'mysqld.pid'),
      credentials: join(dir, 'credentials.json'),
      initFile: join(dir, 'init.sql'),
    };
  } catch (thrown) {
    if (thrown instanceof EmbeddedMysqlError) throw thrown;
    throw new EmbeddedMysqlError('folder_unusable', `The MySQL folder ${dataDir} can't be used: ${messageOf(thrown)}`);
  }
}

function socketPath(dir: string): string {
  const path = join(dir, 'mysqld.sock');
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return path;
  // One name for one folder, so that a killed run's is used again; in a folder that nobody else may have prepared for us.
  const uid = process.getuid?.() ?? 0;
  const short = join(
    tmpdir(),
    `allotment-${String(uid)}-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`,
  );
  mkdirSync(short, { recursive: true, mode: 0o700 });
  const made = lstatSync(short);
  if (!made.isDirectory() || made.uid !== uid) {
    throw new EmbeddedMysqlError(
      'folder_unusable',
      `${short}, for MySQL's socket, belongs to somebody else. Use a dataDir with a shorter path.`,
    );
  }
  chmodSync(short, 0o700);
  return join(short, 'mysqld.sock');
}

/** Removes what is of no use once the server has stopped. */
export function tidyUp(folder: DataFolder): void {
  rmSync(folder.initFile, { force: true });
  if (!folder.socket.startsWith(folder.dir)) rmSync(join(folder.socket, '..'), { recursive: true, force: true });
}

/** Reads the passwords; `undefined` when there are none yet. @throws EmbeddedMysqlError `folder_unusable` */
export function readCredentials(folder: DataFolder): Credentials | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(folder.credentials, 'utf8'));
    if (isCredentials(read)) return read;
  } catch (thrown) {
    if (codeOf(thrown) === 'EACCES') throw new EmbeddedMysqlError('folder_unusable', messageOf(thrown));
    // absent, or broken by a full disk
  }
  return undefined;
}

/** Reads the passwords, or makes some: the init file sets whatever they are now. */
export function credentialsOf(folder: DataFolder): Credentials {
  const kept = readCredentials(folder);
  if (kept) return kept;
  const password = (): string => randomBytes(PASSWORD_BYTES).toString('base64url');
  const made = { rootPassword: password(), appPassword: password() };
  const half = `${folder.credentials}.new`;
  writeFileSync(half, JSON.stringify(made) + '\n', { mode: 0o600 });
  renameSync(half, folder.credentials);
  return made;
}

function isCredentials(value: unknown): value is Credentials {
  return (
    typeof value === 'object' &&
    value !== null &&
    'rootPassword' in value &&
    typeof value.rootPassword === 'string' &&
    'appPassword' in value &&
    typeof value.appPassword === 'string'
  );
}

/**
 * Writes the statements that mysqld runs at each start before it lets anyone in, so that it is never reachable without a
 * password, and a run killed between initialisation and here is healed by the next one. Not in the binary log: they are about this server.
 */
export function writeInitFile(folder: DataFolder, { rootPassword, appPassword }: Credentials): void {
  const user = (name: string, password: string): string[] => [
    `CREATE USER IF NOT EXISTS ${name} IDENTIFIED BY '${password}';`,
    `ALTER USER ${name} IDENTIFIED BY '${password}';`,
  ];
  const statements = [
    'SET SESSION sql_log_bin = 0;',
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${rootPassword}';`,
    ...user("'root'@'127.0.0.1'", rootPassword), // by TCP nobody is 'localhost': names aren't resolved
    "GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;",
    ...user(`'${APP_USER}'@'%'`, appPassword),
    `GRANT ALL PRIVILEGES ON \`allotment%\`.* TO '${APP_USER}'@'%';`,
  ];
  rmSync(folder.initFile, { force: true });
  writeFileSync(folder.initFile, statements.join('\n') + '\n', { mode: 0o600 });
}
