import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { EmbeddedMysqlError } from './errors.js';
import { mysqldEnvironment } from './mysql-version.js';

export interface LifelineOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Standard output and error are appended here. */
  readonly log: string;
  /** What the program gets when we let go: TERM to end cleanly, KILL when its work is thrown away anyway. */
  readonly atEnd: 'TERM' | 'KILL';
}

/** A program that can't outlive us. */
export interface Lifeline {
  /** Of the program itself, not of its guard. */
  readonly pid: number;
  /** Settles when the program has ended; its exit code, 128 + n for signal n. */
  readonly exited: Promise<number>;
  /** Asks the program to end, in the same way as our death would. Idempotent. */
  letGo(): void;
  /** Whether Node should stay alive for as long as the program lives. */
  keepNodeAlive(keep: boolean): void;
}

/**
 * The guard. It holds one end of a pipe (fd 3) whose other end only we have: when we die, however that happens, the kernel
 * closes it and `read` returns. The program itself must not hold the guard's end, nor be in our process group, where the
 * terminal's Ctrl-C would reach it. `wait` returns early when a trapped signal comes, so it is asked again while the program lives.
 */
const GUARD = `
at_end=$1; shift
"$@" 3<&- &
pid=$!
trap 'kill -TERM $pid 2>/dev/null' TERM INT HUP
echo $pid >&3
( trap - TERM INT HUP; read -r _; kill -$at_end $pid ) <&3 3<&- >/dev/null 2>&1 &
watch=$!
while :; do
  wait $pid; code=$?
  kill -0 $pid 2>/dev/null || break
done
kill $watch 2>/dev/null
exit $code
`;

/** Starts a program on a lifeline. */
export async function startOnLifeline(options: LifelineOptions): Promise<Lifeline> {
  const log = openSync(options.log, 'a', 0o600);
  const guard = spawn('/bin/sh', ['-c', GUARD, 'allotment-guard', options.atEnd, options.command, ...options.args], {
    detached: true, // a session of its own
    stdio: ['ignore', log, log, 'pipe'],
    env: mysqldEnvironment(),
  });
  closeSync(log);
  const exited = new Promise<number>((resolve) => {
    guard.once('error', () => resolve(127));
    guard.once('exit', (code) => resolve(code ?? 128));
  });
  const pipe = guard.stdio[3];
  if (!(pipe instanceof Socket))
    throw new EmbeddedMysqlError('start_failed', 'Node gave no pipe to the guard of mysqld');
  pipe.on('error', () => pipe.destroy()); // the guard was killed: `exited` tells
  const pid = await firstLine(pipe, exited);
  pipe.resume();
  return {
    pid,
    exited,
    letGo: () => pipe.destroy(),
    keepNodeAlive(keep) {
      if (keep) guard.ref();
      else guard.unref();
      if (keep) pipe.ref();
      else pipe.unref();
    },
  };
}

function firstLine(pipe: Socket, exited: Promise<number>): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    pipe.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(Number.parseInt(text, 10));
    });
    void exited.then((code) =>
      reject(new EmbeddedMysqlError('start_failed', `/bin/sh couldn't start (exit ${String(code)})`)),
    );
  });
}
