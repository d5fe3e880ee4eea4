import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { scratchFolder } from './own-mysql.js';

/** A small disk in memory. */
export interface Tmpfs {
  readonly folder: string;
  fill(): void;
  free(): void;
  unmount(): void;
}

/** A new MySQL, and some room. */
const SIZE = '500m';
const BLOCKS_BYTES = [1_048_576, 4_096, 1] as const;

/** @throws Error why it can't be had */
export function mountTmpfs(): Tmpfs {
  const folder = scratchFolder();
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]);
  if (status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(error?.message ?? stderr.toString().trim());
  }
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: () => fillUp(ballast),
    free: () => rmSync(ballast, { force: true }),
    unmount() {
      spawnSync('umount', ['--lazy', folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Why this process can't mount one, if so. */
export function whyNoTmpfs(): string | undefined {
  try {
    mountTmpfs().unmount();
    return undefined;
  } catch (error) {
    return `a tmpfs takes root and the right to mount: ${(error as Error).message}`;
  }
}

function fillUp(file: string): void {
  const fd = openSync(file, 'w');
  try {
    for (const bytes of BLOCKS_BYTES) writeUntilFull(fd, Buffer.alloc(bytes));
  } finally {
    closeSync(fd);
  }
}

function writeUntilFull(fd: number, block: Buffer): void {
  try {
    while (writeSync(fd, block) === block.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
