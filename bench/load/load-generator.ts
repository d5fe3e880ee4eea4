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

/** The process that makes the load: one for the whole bench, so that it is as warm for one side as for the other. */
export class LoadGenerator {
  private readonly child: ChildProcess = fork(join(__dirname, 'main.js'), {
    execArgv: ['--require', join(__dirname, '..', 'end-with-parent.js')],
  });

  private readonly ended = once(this.child, 'exit').then(() => {
    throw new Error('the load generator ended');
  });

  constructor() {
    // Whoever waits for an answer is told; nobody else has to know.
    this.ended.catch(() => undefined);
  }

  /** One at a time. */
  start(job: LoadJob): Load {
    this.child.send(job);
    return { result: this.answer(), stop: () => void this.child.send('stop') };
  }

  end(): void {
    this.child.kill();
  }

  private async answer(): Promise<LoadResult> {
    const [result] = (await Promise.race([once(this.child, 'message'), this.ended])) as [LoadResult];
    return result;
  }
}
