import { DomainError } from '../domain/errors.js';
import { Lane, type Submission, type Waiting } from './lane.js';

/** Bounds of the queues in front of the database. */
export interface GroupCommitLimits {
  /** Transactions that run at once; each takes a connection. */
  readonly transactionsMax: number;
  /** Commands in one transaction. */
  readonly batchMax: number;
  /** Ordinary commands that may wait for one product. */
  readonly depthMax: number;
  /** Of those, as many as one owner may have waiting. */
  readonly ownerDepthMax: number;
  /** A command that hasn't started after so long is dropped. */
  readonly waitMaxMs: number;
}

/** Takes commands that came after the batch began and may still join it, oldest first, up to the first that may not. */
export type TakeMore<C> = (mayJoin: (command: C) => boolean) => readonly C[];

/** What a transaction is to do with one product. */
export interface Share<C> {
  readonly productId: number;
  readonly commands: readonly C[];
  readonly takeMore: TakeMore<C>;
}

/** What became of a share. */
export type ShareResult<O> =
  /** An outcome for each command and for each that joined, in their order. */
  | {
      readonly outcomes: readonly O[];
      /** How long the row was waited for, since another instance had it; 0 when none had. */
      readonly contendedMs: number;
    }
  /** Somebody else had the product's row: nothing of the share was started. */
  | 'row-taken';

/**
 * Runs shares of different products in one transaction. One that may wait has a single share, and waits for its row; any
 * other takes only rows that are free.
 *
 * @returns a result for each share, in their order, after COMMIT
 */
export type RunBatch<C, O> = (shares: readonly Share<C>[], mayWait: boolean) => Promise<readonly ShareResult<O>[]>;

/**
 * Transactions of many products at once. While MySQL works on one, this process answers and fills the other; with more, each
 * would commit less. docs/performance.md has what was measured.
 */
const TOGETHER_MAX = 2;

/** How often lanes are looked over for commands that have waited too long, as a part of the longest wait. */
const SWEEPS_PER_WAIT = 8;

interface Taken<C, O> {
  readonly lane: Lane<C, O>;
  readonly batch: Waiting<C, O>[];
}

/**
 * One queue per product in this process. A command starts at once when nothing is in its way; while transactions run,
 * commands gather, and the next one takes them, of many products. So they pay together for one packet that locks and
 * one COMMIT, and a single client never waits for company.
 *
 * Such a transaction never waits for a row. A product whose row another instance has, and work of many rows, runs in a
 * transaction of its own, beside.
 */
export class GroupCommit<C, O> {
  private readonly lanes = new Map<number, Lane<C, O>>();
  private readonly together: Lane<C, O>[] = [];
  private readonly apart: Lane<C, O>[] = [];
  private readonly running = { together: 0, apart: 0 };
  private readonly sweeper: NodeJS.Timeout;

  constructor(
    private readonly run: RunBatch<C, O>,
    private readonly limits: GroupCommitLimits,
  ) {
    this.sweeper = setInterval(() => {
      this.sweep();
    }, limits.waitMaxMs / SWEEPS_PER_WAIT).unref();
  }

  /**
   * Queues a command and answers it once its batch is committed.
   *
   * @throws DomainError `overloaded` when there is no room or no time; the command has then not been started
   */
  submit(productId: number, submission: Submission<C>): Promise<O> {
    const lane = this.laneOf(productId);
    if (!submission.always && !lane.hasRoom(submission.owner, this.limits)) return Promise.reject(overloaded());
    return new Promise((resolve, reject) => {
      lane.add({ submission, since: performance.now(), resolve, reject });
      this.enqueue(lane);
      this.start();
    });
  }

  /** Commands waiting, over all products. */
  get depth(): number {
    let depth = 0;
    for (const lane of this.lanes.values()) depth += lane.length;
    return depth;
  }

  /** Ends the sweeping; call it when nothing waits any more. */
  close(): void {
    clearInterval(this.sweeper);
  }

  private laneOf(productId: number): Lane<C, O> {
    const existing = this.lanes.get(productId);
    if (existing) return existing;
    const lane = new Lane<C, O>(productId);
    this.lanes.set(productId, lane);
    return lane;
  }

  /** Lanes take turns: one that has run goes to the end of its line. */
  private enqueue(lane: Lane<C, O>): void {
    if (lane.busy || lane.waitsForCompany(() => this.late(lane))) return;
    lane.busy = true;
    (lane.apart ? this.apart : this.together).push(lane);
  }

  /** Whoever is still missing is not waited for. */
  private late(lane: Lane<C, O>): void {
    if (lane.length > 0) this.enqueue(lane);
    this.start();
  }

  private start(): void {
    const { transactionsMax } = this.limits;
    // Whoever may wait leaves connections to those that don't.
    const apartMax = Math.max(1, transactionsMax - TOGETHER_MAX);
    const isFree = (): boolean => this.running.together + this.running.apart < transactionsMax;
    while (this.together.length > 0 && this.running.together < TOGETHER_MAX && isFree()) {
      const taken = this.takeTogether();
      if (taken.length > 0) void this.runBatch(taken, 'together');
    }
    while (this.apart.length > 0 && this.running.apart < apartMax && isFree()) {
      const lane = this.apart.shift();
      if (lane) void this.runBatch([{ lane, batch: lane.take(this.limits.batchMax) }], 'apart');
    }
  }

  private takeTogether(): Taken<C, O>[] {
    const taken: Taken<C, O>[] = [];
    for (let room = this.limits.batchMax; room > 0;) {
      const lane = this.together.shift();
      if (!lane) break;
      if (lane.apart) {
        this.apart.push(lane);
        continue;
      }
      const batch = lane.takeTurn(room);
      room -= batch.length;
      taken.push({ lane, batch });
    }
    return taken;
  }

  private async runBatch(taken: readonly Taken<C, O>[], how: 'together' | 'apart'): Promise<void> {
    this.running[how]++;
    const answer = await this.settle(taken, how === 'apart');
    this.running[how]--;
    for (const { lane } of taken) {
      lane.busy = false;
      if (lane.length > 0) this.enqueue(lane);
      // That others have the row is remembered until the next sweep: whoever comes next waits for it at once.
      else if (!lane.contended) this.lanes.delete(lane.productId);
    }
    this.start();
    // The next batch is sent to the database first: it works on that while this process writes the answers of this one.
    setImmediate(answer);
  }

  /** Never throws: every command gets its own outcome or error. @returns what tells the callers */
  private async settle(taken: readonly Taken<C, O>[], mayWait: boolean): Promise<() => void> {
    const shares = taken.filter(({ batch }) => batch.length > 0);
    if (shares.length === 0) return () => undefined;
    try {
      const results = await this.run(
        shares.map((share) => this.shareOf(share)),
        mayWait,
      );
      const told = shares.map((share, n) => finish(share, results[n]));
      return () => {
        for (const tell of told) tell();
      };
    } catch (error) {
      const commands = shares.flatMap(({ lane, batch }) => batch.map((waiting) => ({ lane, waiting })));
      if (commands.length > 1 && !(error instanceof DomainError)) {
        await this.rerun(commands);
        return () => undefined;
      }
      return () => {
        for (const { waiting } of commands) waiting.reject(error);
      };
    }
  }

  private shareOf({ lane, batch }: Taken<C, O>): Share<C> {
    return {
      productId: lane.productId,
      commands: batch.map(commandOf),
      takeMore: (mayJoin) => {
        const joined = lane.takeWhile(this.limits.batchMax - batch.length, mayJoin);
        batch.push(...joined);
        return joined.map(commandOf);
      },
    };
  }

  /** Nothing of the batch was applied. One command is the culprit: alone, only that one fails. Each is told at once. */
  private async rerun(commands: readonly { lane: Lane<C, O>; waiting: Waiting<C, O> }[]): Promise<void> {
    let gone = false;
    for (const { lane, waiting } of commands) {
      // The database went away meanwhile: the rest is not started, or each would wait for it in turn.
      if (gone) {
        waiting.reject(overloaded());
        continue;
      }
      try {
        const alone = { productId: lane.productId, commands: [commandOf(waiting)], takeMore: () => [] };
        const [result] = await this.run([alone], true);
        finish({ lane, batch: [waiting] }, result)();
      } catch (error) {
        waiting.reject(error);
        gone = error instanceof DomainError;
      }
    }
  }

  private sweep(): void {
    const latest = performance.now() - this.limits.waitMaxMs;
    for (const lane of this.lanes.values()) {
      for (const waiting of lane.takeOlder(latest)) waiting.reject(overloaded());
      if (!lane.busy && lane.length === 0) this.lanes.delete(lane.productId);
    }
  }
}

const commandOf = <C, O>({ submission }: Waiting<C, O>): C => submission.command;

/** @returns what tells the callers */
function finish<C, O>({ lane, batch }: Taken<C, O>, result: ShareResult<O> = 'row-taken'): () => void {
  if (result === 'row-taken') {
    lane.putBack(batch);
    return () => undefined;
  }
  lane.ran(batch.length, result.contendedMs);
  return () => {
    batch.forEach((waiting, n) => {
      waiting.resolve(result.outcomes[n] as O);
    });
  };
}

const overloaded = (): DomainError =>
  new DomainError({
    code: 'overloaded',
    detail:
      'Too many requests are waiting for this product. Nothing was applied: repeat the request after the time in Retry-After.',
  });
