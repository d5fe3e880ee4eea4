import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { EmbeddedMysqlError, messageOf } from './errors.js';

export interface FolderLock {
  /** Lets go. Idempotent. */
  release(): void;
}

/** Who uses a folder: a service for as long as it is wanted, a command for as long as its work takes. */
export type Purpose = 'service' | 'command';

export interface Holder {
  /** Absent when the holder hasn't written it yet. */
  readonly pid?: number;
  readonly purpose?: Purpose;
}

const FLOCK_IS_HELD = 1;

/**
 * Takes a lock file, or tells who holds it. The lock is the kernel's (`flock`), on the open file and not on its contents:
 * it ends with its process however that dies, so that a recycled pid can't block and a dead owner needs no clearing away.
 * The file stays in place for ever: removing it would let two processes lock two files of one name.
 */
export function tryLock(file: string, purpose: Purpose = 'service'): FolderLock | Holder {
  const fd = openSync(file, 'a+', 0o600); // close-on-exec: no child of ours keeps the lock alive
  try {
    // Node has no flock(2). A lock belongs to the open file, which the helper shares, so it outlives the helper.
    const helper = spawnSync('flock', ['--nonblock', '--exclusive', '3'], { stdio: ['ignore', 'ignore', 'pipe', fd] });
    if (helper.error) {
      throw new EmbeddedMysqlError(
        'folder_unusable',
        `Cannot lock ${file}: ${messageOf(helper.error)} (flock is in the package util-linux)`,
      );
    }
    if (helper.status === FLOCK_IS_HELD) {
      closeSync(fd);
      return holderOf(file);
    }
    if (helper.status !== 0) {
      throw new EmbeddedMysqlError('folder_unusable', `Cannot lock ${file}: ${helper.stderr.toString().trim()}`);
    }
    ftruncateSync(fd);
    writeSync(fd, JSON.stringify({ pid: process.pid, purpose, since: new Date().toISOString() }) + '\n');
  } catch (thrown) {
    closeSync(fd);
    throw thrown;
  }
  let held = true;
  return {
    release() {
      if (held) closeSync(fd);
      held = false;
    },
  };
}

export const isHeldByUs = (outcome: FolderLock | Holder): outcome is FolderLock => 'release' in outcome;

function holderOf(file: string): Holder {
  try {
    const text: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof text === 'object' && text !== null && 'pid' in text && typeof text.pid === 'number') {
      return { pid: text.pid, purpose: 'purpose' in text && text.purpose === 'command' ? 'command' : 'service' };
    }
  } catch {
    // being written this moment: the holder is known to be there, its pid is a courtesy
  }
  return {};
}
