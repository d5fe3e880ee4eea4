import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { cached, fetchIntoCache, type Kept } from '../../db/embedded/binary-cache.js';
import { cacheFolders, writable } from '../../db/embedded/cache-folders.js';
import { unpackedProgram } from '../../db/embedded/debian-package.js';
import { locateMysqld } from '../../db/embedded/locate.js';
import { isNewEnough } from '../../db/embedded/mysql-version.js';
import { run } from '../../db/embedded/run.js';

/** A program and the arguments that come before any of its own. */
export type Tool = readonly [command: string, ...prefix: string[]];

/** Fetching over a slow line, as a test's time-out. */
export const FETCH_MAX_MS = 300_000;

const VERSION_TIMEOUT_MS = 20_000;

/** Prometheus's rule checker, linked with nothing but the libc that its own suite has. */
const PROMTOOL: Kept<Tool> = {
  what: 'promtool',
  name: 'prometheus',
  fits: () => true,
  needs: () => false,
  open: (copy) => tried([join(copy, 'usr', 'bin', 'promtool')]),
};

interface MysqlClient {
  readonly mysqldump: Tool;
  readonly mysql: Tool;
}

/** mysqldump and mysql, of the server's series. */
const MYSQL_CLIENT: Kept<MysqlClient> = {
  what: 'MySQL client',
  name: 'mysql-client-core',
  fits: isNewEnough,
  needs: () => true,
  async open(copy) {
    const tool = (name: string): Promise<Tool> => {
      const { command, prefix } = unpackedProgram(copy, join('bin', name));
      return tried([command, ...prefix]);
    };
    return { mysqldump: await tool('mysqldump'), mysql: await tool('mysql') };
  },
};

/** Redis and what it is linked with, but for the libc that its own suite has. */
const REDIS_SERVER: Kept<Tool> = {
  what: 'Redis',
  name: 'redis-server',
  fits: () => true,
  needs: (dependency) =>
    /^(redis-tools|lua-|lib(?!c6|c-|pam|audit|selinux|semanage|sepol|db|gdbm|perl))/.test(dependency),
  open: (copy) =>
    tried(['env', `LD_LIBRARY_PATH=${librariesOf(copy).join(':')}`, join(copy, 'usr', 'bin', 'redis-server')]),
};

/** A library that gives a program another clock: it is preloaded, so it needs the libc of the program. */
const LIBFAKETIME: Kept<string> = {
  what: 'libfaketime',
  name: 'libfaketime',
  fits: () => true,
  needs: () => false,
  async open(copy) {
    const library = librariesOf(copy).map((folder) => join(folder, 'faketime', 'libfaketimeMT.so.1'))[0] ?? '';
    const env = { ...process.env, LD_PRELOAD: library, FAKETIME: `+${FAR_AHEAD_MS / 1000}` };
    const { stdout, stderr } = await run(process.execPath, ['-p', 'Date.now()'], {
      env,
      timeoutMs: VERSION_TIMEOUT_MS,
    });
    if (Number(stdout) < Date.now() + FAR_AHEAD_MS / 2) throw new Error(`${library} doesn't work: ${stderr.trim()}`);
    return library;
  },
};
const FAR_AHEAD_MS = 3_600_000;

/** Folders of an unpacked copy that hold libraries: before Debian 13 some are not below `usr`. */
const librariesOf = (copy: string): string[] =>
  [join(copy, 'usr', 'lib'), join(copy, 'lib')].flatMap((lib) =>
    foldersOf(lib)
      .filter((name) => name.includes('-linux-'))
      .map((name) => join(lib, name)),
  );

/** mysqlbinlog comes with the server, not with its clients. */
export async function mysqlbinlog(): Promise<Tool> {
  const { command, prefix, from } = await locateMysqld({
    mysqld: process.env['MYSQLD'],
    dataDir: join('.data', 'mysql'),
    say: () => undefined,
  });
  if (prefix.length === 0) return tried([join(dirname(command), 'mysqlbinlog')]).catch(() => tried(['mysqlbinlog']));
  const program = unpackedProgram(from, join('bin', 'mysqlbinlog'));
  return tried([program.command, ...program.prefix]);
}

export const promtool = (): Promise<Tool> => tried(['promtool']).catch(() => privateCopy(PROMTOOL));

export const mysqlClient = (): Promise<MysqlClient> => privateCopy(MYSQL_CLIENT);

export const redisServer = (): Promise<Tool> => tried(['redis-server']).catch(() => privateCopy(REDIS_SERVER));

/** The path of the library, for LD_PRELOAD. */
export const libfaketime = (): Promise<string> => privateCopy(LIBFAKETIME);

async function privateCopy<T>(kept: Kept<T>): Promise<T> {
  const folder = writable(cacheFolders(kept.name, process.env, join('.data', kept.name)));
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  try {
    return (await cached(kept, folder, say)) ?? (await fetchIntoCache(kept, folder, say));
  } catch (error) {
    throw new Error(`${kept.what} is not to be had:\n${lines.join('\n')}`, { cause: error });
  }
}

async function tried(tool: Tool): Promise<Tool> {
  const [command, ...prefix] = tool;
  const { code, stderr } = await run(command, [...prefix, '--version'], { timeoutMs: VERSION_TIMEOUT_MS });
  if (code !== 0) throw new Error(`${command} doesn't run: ${stderr.trim()}`);
  return tool;
}

const foldersOf = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);
