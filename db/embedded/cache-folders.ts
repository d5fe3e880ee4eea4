import { accessSync, constants, mkdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

type Folders = readonly [string, ...string[]];

/**
 * Where private copies of a package may lie, best first: a service's user may have no home.
 * @param name of the kind of copy: the last part of the folder in the user's cache
 * @param fallback the folder to use without such a cache
 */
export function cacheFolders(name: string, env: NodeJS.ProcessEnv, fallback: string): Folders {
  const { XDG_CACHE_HOME: xdg, HOME: home } = env;
  const inCache = (base: string): string => join(base, 'allotment', name);
  if (xdg !== undefined && isAbsolute(xdg)) return [inCache(xdg), fallback];
  if (home !== undefined && isAbsolute(home)) return [inCache(join(home, '.cache')), fallback];
  return [fallback];
}

/** The first that can be written; the first of all when none can, so that making it tells why. */
export const writable = (folders: Folders): string => folders.find(isWritable) ?? folders[0];

function isWritable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
