import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { Api } from './api.js';

/** The built service as a process of its own. */
export interface Service {
  readonly api: Api;
  readonly process: ChildProcess;
  /** Everything it has written so far. */
  output(): string;
  /** Sends a signal and waits for the end. @returns the exit code, null when the signal killed it */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

const BUILT = join(__dirname, '..', '..', 'dist', 'src');
const READY_MAX_MS = 60_000;

function launch(script: 'main' | 'migrate', settings: Readonly<Record<string, string>>) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [join(BUILT, `${script}.js`)], {
    env: { PATH, HOME, PORT: '0', RATE_LIMIT: 'off', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

/** Starts `dist/src/main.js`; its environment is PATH, HOME and what is given here. */
export async function startService(settings: Readonly<Record<string, string>>): Promise<Service> {
  const { child, output } = launch('main', settings);
  const base = await waitFor(
    () => /ready on (http:\S+)/.exec(output())?.[1],
    () => child.exitCode !== null,
    () => `the service did not get ready:\n${output()}`,
  ).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    api: new Api(base.replace('localhost', '127.0.0.1')),
    process: child,
    output,
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, 'exit');
      }
      return child.exitCode;
    },
  };
}

/** How a process ended that was not to stay. */
export interface Ended {
  /** null: it had to be killed. */
  readonly code: number | null;
  readonly output: string;
}

/** Runs `dist/src/main.js`, or another script beside it, in the expectation that it ends by itself. */
export async function runService(
  settings: Readonly<Record<string, string>>,
  withinMs = 15_000,
  script: 'main' | 'migrate' = 'main',
): Promise<Ended> {
  const { child, output } = launch(script, settings);
  const late = setTimeout(() => child.kill('SIGKILL'), withinMs);
  await once(child, 'close');
  clearTimeout(late);
  return { code: child.exitCode, output: output() };
}

async function waitFor<T>(look: () => T | undefined, failed: () => boolean, complaint: () => string): Promise<T> {
  const deadline = Date.now() + READY_MAX_MS;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (failed() || Date.now() > deadline) throw new Error(complaint());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
