import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { LoadJob, LoadResult } from './job.js';

/** A load under way. */
export interface Load {
  readonly result: Promise<LoadResult>;
  /** Before its time is up; what is in flight is still answered. */
  stop(): void;
}

interface Child {
  readonly process: ChildProcess;
  /** Rejects when it does. */
  readonly ended: Promise<never>;
}

function launch(): Child {
  const child = fork(join(__dirname, 'main.js'), {
    execArgv: ['--require', join(__dirname, '..', 'end-with-parent.js')],
  });
  const ended = once(child, 'exit').then((): never => {
    throw new Error('the load generator ended');
  });
  // Whoever waits for an answer is told; nobody else has to know.
  ended.catch(() => undefined);
  return { process: child, ended };
}

/** The process that makes the load: one for the whole bench, so that it is as warm for one side as for the other. */
export class LoadGenerator {
  private child = launch();

  /** One at a time. */
  start(job: LoadJob): Load {
    const { process } = this.child;
    process.send(job);
    return { result: this.answer(), stop: () => void process.send('stop') };
  }

  /** Drops what is under way, if anything is. */
  restart(): void {
    this.end();
    this.child = launch();
  }

  end(): void {
    this.child.process.kill();
  }

  private async answer(): Promise<LoadResult> {
    const [result] = (await Promise.race([once(this.child.process, 'message'), this.child.ended])) as [LoadResult];
    return result;
  }
}
