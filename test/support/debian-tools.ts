import { join } from 'node:path';

import { cached, fetchIntoCache, type Kept } from '../../db/embedded/binary-cache.js';
import { cacheFolders, writable } from '../../db/embedded/cache-folders.js';
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

export const promtool = (): Promise<Tool> => tried(['promtool']).catch(() => privateCopy(PROMTOOL));

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
