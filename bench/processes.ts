import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort } from '../db/embedded/launch.js';

/** A server of the bench's own, as a process. */
export interface Running {
  readonly port: number;
  readonly pid: number;
  /** From the spawn to the first 200 of `/health/ready`, in ms. */
  readonly readyAfterMs: number;
  end(): Promise<void>;
}

const BUILT = join(__dirname, '..');
/** As `npm start` has it. */
const NODE_FLAGS = ['--max-semi-space-size=32', '--no-allocation-site-pretenuring'];
const READY_MAX_MS = 60_000;
const LOOK_EVERY_MS = 10;
/** Longer than the service's own bound for requests in flight: nothing is in flight any more. */
const END_MAX_MS = 30_000;
const COMPLAINT_BYTES_MAX = 4_000;

const running = new Set<ChildProcess>();

/**
 * Starts a script of `dist` on a free port and waits until it is ready. As in production: NODE_ENV, JSON log at level
 * info (thrown away, so that no disk is measured), limits on.
 *
 * @throws Error with what it wrote to standard error
 */
export async function startProcess(script: string, settings: Readonly<Record<string, string>>): Promise<Running> {
  const port = await freePort(0);
  if (port === undefined) throw new Error('no port of 127.0.0.1 is free');
  const { PATH = '', HOME = '' } = process.env;
  const started = performance.now();
  const args = [...NODE_FLAGS, '--require', join(__dirname, 'end-with-parent.js'), join(BUILT, script)];
  const child = spawn(process.execPath, args, {
    env: { PATH, HOME, NODE_ENV: 'production', LOG_FORMAT: 'json', PORT: String(port), ...settings },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-COMPLAINT_BYTES_MAX)));
  while (!(await isReady(port))) {
    if (child.exitCode !== null || performance.now() - started > READY_MAX_MS) {
      child.kill('SIGKILL');
      throw new Error(`${script} did not get ready: ${complaint}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
  return { port, pid: child.pid ?? 0, readyAfterMs: performance.now() - started, end: () => end(child) };
}

/** Ends what is still running, at the end of the bench or in the middle of it. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map((child) => end(child)));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), END_MAX_MS);
  await ended;
  clearTimeout(late);
}

/** @returns status and body, or `undefined` when nobody answers */
export function ask(port: number, path: string): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    request.on('error', () => {
      resolve(undefined);
    });
  });
}

const isReady = async (port: number): Promise<boolean> => (await ask(port, '/health/ready'))?.status === 200;
