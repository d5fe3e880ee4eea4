import { mkdirSync, mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchMysqld, unpackedMysqld } from './debian-package.js';
import { EmbeddedMysqlError, messageOf } from './errors.js';
import { isHeldByUs, tryLock, type FolderLock } from './folder-lock.js';
import { identify } from './mysql-version.js';
import type { FoundMysqld } from './mysqld.js';
import { pause } from './run.js';

type Say = (line: string) => void;

const HALF_DONE = '.fetching-'; // a copy gets its real name only when its mysqld has answered
const LOCK_POLL_MS = 300;
const LOCK_SAY_MS = 15_000;
/** Copies are per processor: a home may be shared among machines. */
const suffix = `-${process.arch}`;

/** The private copy made earlier, the newest that runs, or undefined. Changes nothing. */
export async function cachedMysqld(cache: string, say: Say): Promise<FoundMysqld | undefined> {
  for (const name of copies(cache)) {
    const found = await runs(join(cache, name));
    if (found) return found;
    say(`The private copy ${join(cache, name)} doesn't run`);
  }
  return undefined;
}

/**
 * Fetches a copy, or waits for another process that is at it.
 * @throws EmbeddedMysqlError `fetch_failed`
 */
export async function fetchIntoCache(cache: string, say: Say): Promise<FoundMysqld> {
  let lock: FolderLock | undefined;
  try {
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    lock = await waitForLock(join(cache, '.lock'), say);
    const made = await cachedMysqld(cache, say); // by the one we waited for
    return made ?? (await replaceCopies(cache, say));
  } catch (thrown) {
    if (thrown instanceof EmbeddedMysqlError) throw thrown;
    throw new EmbeddedMysqlError(
      'fetch_failed',
      `Making a private copy of MySQL in ${cache} failed: ${messageOf(thrown)}`,
    );
  } finally {
    lock?.release();
  }
}

async function replaceCopies(cache: string, say: Say): Promise<FoundMysqld> {
  // With the lock held, and no copy that runs: whatever lies here is broken or a killed fetch's.
  const leftovers = readdirSync(cache).filter((name) => name.startsWith(HALF_DONE));
  for (const name of [...leftovers, ...copies(cache)]) {
    say(`Removing the broken ${join(cache, name)}`);
    await remove(join(cache, name));
  }
  const workshop = mkdtempSync(join(cache, HALF_DONE));
  try {
    const { root, version } = await fetchMysqld(workshop, say);
    const identity = await identify(unpackedMysqld(root));
    if (!identity.fits) throw new EmbeddedMysqlError('fetch_failed', `The fetched mysqld is ${identity.what}`);
    const copy = join(cache, version.replaceAll(/[^\w.+~-]/g, '_') + suffix);
    renameSync(root, copy);
    say(`MySQL ${identity.version} is in ${copy}`);
    return { ...unpackedMysqld(copy), version: identity.version };
  } finally {
    await remove(workshop);
  }
}

async function waitForLock(file: string, say: Say): Promise<FolderLock> {
  let said = -Infinity;
  for (;;) {
    const outcome = tryLock(file);
    if (isHeldByUs(outcome)) return outcome;
    if (performance.now() - said > LOCK_SAY_MS) {
      said = performance.now();
      say(`Waiting for process ${String(outcome.pid ?? '(unknown)')}, which is fetching MySQL`);
    }
    await pause(LOCK_POLL_MS);
  }
}

async function runs(copy: string): Promise<FoundMysqld | undefined> {
  try {
    const mysqld = unpackedMysqld(copy);
    const identity = await identify(mysqld);
    return identity.fits ? { ...mysqld, version: identity.version } : undefined;
  } catch {
    return undefined; // a part is missing
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
