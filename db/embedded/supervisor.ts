import { messageOf } from './errors.js';
import { endLeftovers } from './leftovers.js';
import { launch, type Launch } from './launch.js';
import type { Lifeline } from './lifeline.js';
import { pause } from './run.js';

/** More in a minute than this, and the cause is one that restarting doesn't cure. */
const RESTARTS_MAX = 5;
const RESTARTS_WINDOW_MS = 60_000;
const BACKOFF_FIRST_MS = 200;
const STOP_TIMEOUT_MS = 60_000; // InnoDB writes back its pages; killed later, it recovers at the next start

/** Keeps one mysqld running, on the same port and socket, until it is told to stop. */
export class Supervisor {
  private stopping = false;
  private readonly restarts: number[] = [];
  private watch: Promise<void> = Promise.resolve();

  private constructor(
    private readonly wanted: Launch,
    private process: Lifeline,
  ) {}

  /** Starts mysqld and watches it from then on. */
  static async start(wanted: Launch): Promise<Supervisor> {
    const process = await launch(wanted, () => undefined);
    const supervisor = new Supervisor(wanted, process);
    process.keepNodeAlive(false);
    supervisor.watch = supervisor.run();
    return supervisor;
  }

  get pid(): number {
    return this.process.pid;
  }

  /** Ends mysqld cleanly; resolves when it is gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.process.keepNodeAlive(true); // or Node might end before mysqld has
    this.process.letGo();
    const timer = setTimeout(() => {
      this.wanted.say(`mysqld ${String(this.pid)} doesn't stop: killing it`);
      process.kill(this.pid, 'SIGKILL');
    }, STOP_TIMEOUT_MS);
    await this.watch;
    clearTimeout(timer);
  }

  private async run(): Promise<void> {
    for (;;) {
      const code = await this.process.exited;
      if (this.stopping) return;
      this.process.letGo(); // if only the guard was killed, its other half still waits on our pipe, and ends mysqld now
      this.wanted.say(`mysqld ${String(this.pid)} ended unexpectedly (exit ${String(code)})`);
      if (!(await this.restarted())) return;
    }
  }

  private async restarted(): Promise<boolean> {
    while (this.mayRestart()) {
      await pause(BACKOFF_FIRST_MS * 2 ** (this.restarts.length - 1));
      if (!this.stopping && (await this.restart())) return true;
      if (this.stopping) return false;
    }
    const times = String(RESTARTS_MAX);
    this.wanted.say(
      `Gave up on mysqld after ${times} restarts within a minute. See ${this.wanted.folder.log}, then start again`,
    );
    return false;
  }

  private async restart(): Promise<boolean> {
    const { say, folder } = this.wanted;
    try {
      await endLeftovers([folder.data], say); // of a guard that was killed itself
      await launch(this.wanted, (started) => {
        this.process = started;
        if (this.stopping) started.letGo();
      });
      this.process.keepNodeAlive(false);
      say(`mysqld runs again as ${String(this.pid)}`);
      return true;
    } catch (thrown) {
      if (!this.stopping) say(messageOf(thrown));
      return false;
    }
  }

  private mayRestart(): boolean {
    const now = performance.now();
    while (this.restarts[0] !== undefined && now - this.restarts[0] > RESTARTS_WINDOW_MS) this.restarts.shift();
    if (this.restarts.length >= RESTARTS_MAX) return false;
    this.restarts.push(now);
    return true;
  }
}
