import { execFile } from 'node:child_process';

export interface Ran {
  /** Exit code; 127 when the command couldn't be started, 128 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024; // `apt-cache show` of a whole prefix is well under this

/** Runs a command without a shell; never rejects, a failure is in `code` and `stderr`. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const { timeoutMs = 0, ...rest } = options;
    execFile(
      command,
      args,
      { ...rest, timeout: timeoutMs, maxBuffer: OUTPUT_BYTES_MAX, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else if (error.code !== undefined) resolve({ code: 127, stdout, stderr: error.message });
        else resolve({ code: 128, stdout, stderr: stderr || `${command} ended by ${String(error.signal)}` });
      },
    );
  });
}

/** Does `tell` every `everyMs` until `work` is settled. */
export async function telling<T>(work: Promise<T>, everyMs: number, tell: () => void): Promise<T> {
  const timer = setInterval(tell, everyMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
