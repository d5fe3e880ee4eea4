import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** How a command ended, and what it said where. */
export interface Told {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const BUILT = join(__dirname, '..', '..', 'dist', 'src', 'cli.js');

/** Runs `dist/src/cli.js` as a process of its own; its environment is PATH, HOME and what is given here. */
export async function runCli(settings: Readonly<Record<string, string>>, args: readonly string[]): Promise<Told> {
  return run(process.execPath, [BUILT, ...args], settings);
}

/** Runs a program to its end. */
export async function run(
  command: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
  cwd?: string,
): Promise<Told> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, {
    env: { PATH, HOME, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

/** The same on one database. */
export class Cli {
  constructor(private readonly databaseUrl: () => string) {}

  run(...args: string[]): Promise<Told> {
    return runCli({ DATABASE_URL: this.databaseUrl() }, args);
  }

  /** What it answers with `--json`. */
  async json<T>(...args: string[]): Promise<T> {
    const told = await this.run(...args, '--json');
    if (told.code !== 0)
      throw new Error(`allotment ${args.join(' ')} ended with ${String(told.code)}:\n${told.stderr}`);
    return JSON.parse(told.stdout) as T;
  }
}
