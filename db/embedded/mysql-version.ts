import type { Mysqld } from './mysqld.js';
import { run } from './run.js';

/** The oldest series that the migrations run on: 8.4 LTS. */
const OLDEST_MYSQL = { major: 8, minor: 4 } as const;
const VERSION_TIMEOUT_MS = 20_000; // a cold disk reads 70 MB first

export type Identity =
  { readonly fits: true; readonly version: string } | { readonly fits: false; readonly what: string };

/** Whether "9.7.4", "8.4.7-0ubuntu1" or "1:8.4.0" is of a series that will do. */
export function isNewEnough(version: string): boolean {
  const [, major, minor] = /^(?:\d+:)?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  const byMajor = Number(major) - OLDEST_MYSQL.major;
  return byMajor > 0 || (byMajor === 0 && Number(minor) >= OLDEST_MYSQL.minor);
}

/** Reads what `mysqld --version` printed. */
function readVersion(printed: string): Identity {
  const [, full, version] = /\bVer\s+((\d+\.\d+\.\d+)\S*)/.exec(printed) ?? [];
  if (full === undefined || version === undefined) {
    return { fits: false, what: `not MySQL (it said: ${printed.trim().slice(0, 200) || 'nothing'})` };
  }
  if (/mariadb/i.test(printed)) return { fits: false, what: `MariaDB ${full}, which is not MySQL` };
  if (!isNewEnough(version)) return { fits: false, what: `MySQL ${full}, which is too old` };
  return { fits: true, version };
}

/** Asks a mysqld who it is. */
export async function identify(mysqld: Mysqld): Promise<Identity> {
  const ran = await run(mysqld.command, [...mysqld.prefix, '--no-defaults', '--version'], {
    timeoutMs: VERSION_TIMEOUT_MS,
    env: mysqldEnvironment(),
  });
  if (ran.code === 0) return readVersion(ran.stdout);
  return {
    fits: false,
    what: `not running (${(ran.stderr || ran.stdout).trim().slice(0, 300) || `exit ${String(ran.code)}`})`,
  };
}

/**
 * The little of our environment that mysqld gets: LD_PRELOAD or LD_LIBRARY_PATH would mix this system's libraries into
 * the private copy's, and NOTIFY_SOCKET would let mysqld tell systemd that *we* are ready.
 */
export function mysqldEnvironment(): NodeJS.ProcessEnv {
  const { PATH, TMPDIR, TZ } = process.env;
  return { LC_ALL: 'C', ...(PATH && { PATH }), ...(TMPDIR && { TMPDIR }), ...(TZ && { TZ }) };
}
