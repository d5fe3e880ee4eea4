import { readdirSync, readFileSync } from 'node:fs';
import { EmbeddedMysqlError } from './errors.js';
import { pause } from './run.js';

const END_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

/**
 * Ends the servers that a killed run has left on one of these data folders. Call it with the folder's lock held: then none
 * of them belongs to a living owner. One that is shutting down already takes the signal as said before.
 * @throws EmbeddedMysqlError `folder_held` when one doesn't end within 30 s
 */
export async function endLeftovers(dataFolders: readonly string[], say: (line: string) => void): Promise<void> {
  const found = mysqldsOn(dataFolders);
  if (found.length === 0) return;
  say(`Waiting for mysqld ${found.join(', ')} of an earlier run to end`);
  for (const pid of found) signal(pid, 'SIGTERM');
  const deadline = performance.now() + END_TIMEOUT_MS;
  for (let left = found; left.length > 0; left = mysqldsOn(dataFolders)) {
    if (performance.now() > deadline) {
      throw new EmbeddedMysqlError(
        'folder_held',
        `mysqld ${left.join(', ')} of an earlier run still uses ${dataFolders[0] ?? ''} after ${String(END_TIMEOUT_MS / 1000)} s. End it (kill -9 ${left.join(' ')}) and start again.`,
      );
    }
    await pause(POLL_MS);
  }
}

/** Found by what they were started with, as a pid file is written late and may name a stranger by now. */
function mysqldsOn(dataFolders: readonly string[]): number[] {
  const wanted = new Set(dataFolders.map((folder) => `--datadir=${folder}`));
  return processes().filter((pid) => {
    const args = argumentsOf(pid);
    const isGuard = args[1] === '-c'; // it has mysqld's arguments among its own, and ends by itself
    return !isGuard && args.some((arg) => wanted.has(arg));
  });
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // no /proc: InnoDB's own lock on its files still keeps a second server out
  }
}

function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // gone meanwhile
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // gone meanwhile
  }
}
