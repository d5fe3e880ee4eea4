import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { cached, fetchIntoCache } from './binary-cache.js';
import { cacheFolders, writable } from './cache-folders.js';
import { canFetch } from './debian-sources.js';
import { EmbeddedMysqlError } from './errors.js';
import { identify } from './mysql-version.js';
import { MYSQLD } from './mysqld-package.js';
import type { FoundMysqld } from './mysqld.js';

export interface Wanted {
  /** The operator's choice; nothing else is tried when it is given. */
  readonly mysqld?: string | undefined;
  readonly dataDir: string;
  readonly say: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
}

const WAYS_OUT =
  'Three ways out: start one with `docker compose up`; install a mysql-server package (8.4 or newer, not MariaDB) or ' +
  'set MYSQLD to the path of a mysqld; or set DATABASE_URL=mysql://user:password@host:3306/database to use a server of your own.';

/**
 * Finds a MySQL >= 8.4, or fetches one: the operator's choice, PATH, the private copy made earlier, the distribution's package.
 * @throws EmbeddedMysqlError `mysqld_refused`, `no_binary`, `fetch_failed`
 */
export async function locateMysqld(wanted: Wanted): Promise<FoundMysqld> {
  const env = wanted.env ?? process.env;
  if (wanted.mysqld !== undefined && wanted.mysqld !== '') return chosen(wanted.mysqld, env);
  const onPath = await fromPath(env, wanted.say);
  if (onPath) return onPath;
  const caches = cacheFolders('mysql', env, beside(wanted.dataDir));
  for (const cache of caches) {
    const copy = await cached(MYSQLD, cache, wanted.say);
    if (copy) return copy;
  }
  const why = canFetch();
  if (why !== undefined)
    throw new EmbeddedMysqlError('no_binary', `No MySQL 8.4 or newer was found, and ${why}. ${WAYS_OUT}`);
  try {
    return await fetchIntoCache(MYSQLD, writable(caches), wanted.say);
  } catch (thrown) {
    if (!(thrown instanceof EmbeddedMysqlError)) throw thrown;
    throw new EmbeddedMysqlError(thrown.fault, `${thrown.message}\n${WAYS_OUT}`);
  }
}

async function chosen(choice: string, env: NodeJS.ProcessEnv): Promise<FoundMysqld> {
  const path = choice.includes('/') ? resolve(choice) : searchPath(choice, env)[0];
  if (path === undefined || !isProgram(path)) {
    throw new EmbeddedMysqlError('mysqld_refused', `MYSQLD=${choice}: there is no such program.`);
  }
  const mysqld = { command: path, prefix: [], places: [], from: `MYSQLD=${choice}` };
  const identity = await identify(mysqld);
  if (identity.fits) return { ...mysqld, version: identity.version };
  throw new EmbeddedMysqlError(
    'mysqld_refused',
    `MYSQLD=${choice} is ${identity.what}. Allotment needs MySQL 8.4 LTS or newer: set MYSQLD to such a mysqld, or leave it unset.`,
  );
}

async function fromPath(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<FoundMysqld | undefined> {
  for (const path of searchPath('mysqld', env)) {
    const mysqld = { command: path, prefix: [], places: [], from: path };
    const identity = await identify(mysqld);
    if (identity.fits) return { ...mysqld, version: identity.version };
    say(`Passing over ${path}: it is ${identity.what}`);
  }
  return undefined;
}

/** Debian keeps servers in sbin, which a plain user's PATH often lacks. */
function searchPath(program: string, env: NodeJS.ProcessEnv): string[] {
  const folders = [...(env.PATH ?? '').split(delimiter).filter(isAbsolute), '/usr/local/sbin', '/usr/sbin'];
  return [...new Set(folders)].map((folder) => join(folder, program)).filter(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const beside = (dataDir: string): string => join(dirname(dataDir), `${basename(dataDir)}-server`);
