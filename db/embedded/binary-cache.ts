import { mkdirSync, mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchPackage, type Wanted } from './debian-package.js';
import { EmbeddedMysqlError, messageOf } from './errors.js';
import { isHeldByUs, tryLock, type FolderLock } from './folder-lock.js';
import { pause } from './run.js';

type Say = (line: string) => void;

/** A package of which a private copy is kept. */
export interface Kept<T> extends Wanted {
  /**
   * Tries an unpacked copy and tells how to use it.
   * @throws Error when it doesn't run
   */
  open(copy: string): Promise<T>;
}

const HALF_DONE = '.fetching-'; // a copy gets its real name only when it was tried
const LOCK_POLL_MS = 300;
const LOCK_SAY_MS = 15_000;
/** Copies are per processor: a home may be shared among machines. */
const suffix = `-${process.arch}`;

/** The private copy made earlier, the newest that runs, or undefined. Changes nothing. */
export async function cached<T>(kept: Kept<T>, cache: string, say: Say): Promise<T | undefined> {
  for (const name of copies(cache)) {
    try {
      return await kept.open(join(cache, name));
    } catch {
      say(`The private copy ${join(cache, name)} doesn't run`);
    }
  }
  return undefined;
}

/**
 * Fetches a copy, or waits for another process that is at it.
 * @throws EmbeddedMysqlError `fetch_failed`
 */
export async function fetchIntoCache<T>(kept: Kept<T>, cache: string, say: Say): Promise<T> {
  let lock: FolderLock | undefined;
  try {
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    lock = await waitForLock(kept, join(cache, '.lock'), say);
    const made = await cached(kept, cache, say); // by the one we waited for
    return made ?? (await replaceCopies(kept, cache, say));
  } catch (thrown) {
    if (thrown instanceof EmbeddedMysqlError) throw thrown;
    throw new EmbeddedMysqlError(
      'fetch_failed',
      `Making a private copy of ${kept.name} in ${cache} failed: ${messageOf(thrown)}`,
    );
  } finally {
    lock?.release();
  }
}

async function replaceCopies<T>(kept: Kept<T>, cache: string, say: Say): Promise<T> {
  // With the lock held, and no copy that runs: whatever lies here is broken or a killed fetch's.
  const leftovers = readdirSync(cache).filter((name) => name.startsWith(HALF_DONE));
  for (const name of [...leftovers, ...copies(cache)]) {
    say(`Removing the broken ${join(cache, name)}`);
    await remove(join(cache, name));
  }
  const workshop = mkdtempSync(join(cache, HALF_DONE));
  try {
    const { root, version } = await fetchPackage(kept, workshop, say);
    await kept.open(root);
    const copy = join(cache, version.replaceAll(/[^\w.+~-]/g, '_') + suffix);
    renameSync(root, copy);
    say(`${kept.name} ${version} is in ${copy}`);
    return await kept.open(copy);
  } finally {
    await remove(workshop);
  }
}

async function waitForLock({ name }: Wanted, file: string, say: Say): Promise<FolderLock> {
  let said = -Infinity;
  for (;;) {
    const outcome = tryLock(file);
    if (isHeldByUs(outcome)) return outcome;
    if (performance.now() - said > LOCK_SAY_MS) {
      said = performance.now();
      say(`Waiting for process ${String(outcome.pid ?? '(unknown)')}, which is fetching ${name}`);
    }
    await pause(LOCK_POLL_MS);
  }
}

function copies(cache: string): string[] {
  try {
    const names = readdirSync(cache).filter((name) => !name.startsWith('.') && name.endsWith(suffix));
    return names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  } catch {
    return [];
  }
}

/** An apt left over by a killed fetch may still be writing: try again for a moment. */
const remove = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
