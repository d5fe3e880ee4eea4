import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { Ended } from './service.js';

/** One of the built commands as a process of its own. */
export interface Run {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has written to standard output alone, so far. */
  stdout(): string;
}

/** What runs the built file: a program and its first arguments. */
export type Command = readonly [string, ...string[]];

/** Starts `dist/src/<name>.js`; its environment is PATH, HOME and the database. */
export function startCommand(
  name: 'archive' | 'reconcile',
  databaseUrl: string,
  args: readonly string[],
  [command, ...prefix]: Command = [process.execPath],
): Run {
  const { PATH = '', HOME = '' } = process.env;
  const main = join(__dirname, '..', '..', 'dist', 'src', `${name}.js`);
  const child = spawn(command, [...prefix, main, ...args], {
    env: { PATH, HOME, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    process: child,
    ended: once(child, 'close').then(() => ({ code: child.exitCode, output })),
    stdout: () => stdout,
  };
}
