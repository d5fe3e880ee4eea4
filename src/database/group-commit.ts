import { DomainError } from '../domain/errors.js';

/** Bounds of the queues in front of the database. */
export interface GroupCommitLimits {
  /** Batches that run at once, over all products; each takes a connection. */
  readonly lanesMax: number;
  /** Commands in one batch. */
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

/**
 * Runs a batch in one transaction. @returns an outcome for each command and for each that joined, in their order, after
 * COMMIT
 */
export type RunBatch<C, O> = (
  productId: number,
  commands: readonly C[],
  takeMore: TakeMore<C>,
) => Promise<readonly O[]>;

export interface Submission<C> {
  readonly command: C;
  /** Whose command it is: nobody may fill the queue alone. */
  readonly owner: string;
  /** Work that gives units back or keeps a promise always finds room. */
  readonly always?: boolean;
}

interface Waiting<C, O> extends Submission<C> {
  readonly since: number;
  readonly resolve: (outcome: O) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane<C, O> {
  readonly productId: number;
  readonly waiting: Waiting<C, O>[];
  /** Ordinary commands waiting, by owner. */
  readonly owners: Map<string, number>;
  ordinary: number;
  /** Running, or in the line of lanes that are to run. */
  busy: boolean;
}

/** How often waiting commands are looked over for ones that have waited too long, as a part of the longest wait. */
const SWEEPS_PER_WAIT = 8;

/**
 * One queue per product in this process. A free lane starts at once, with what is there; while it runs, commands
 * gather, and the next batch takes all of them. So a hot product pays for one lock and one COMMIT per batch instead of
 * per request, and a single client never waits for company.
 */
export class GroupCommit<C, O> {
  private readonly lanes = new Map<number, Lane<C, O>>();
  private readonly line: Lane<C, O>[] = [];
  private running = 0;
  private readonly sweeper: NodeJS.Timeout;

  constructor(
    private readonly run: RunBatch<C, O>,
    private readonly limits: GroupCommitLimits,
  ) {
    this.sweeper = setInterval(() => {
      this.dropOverdue();
    }, limits.waitMaxMs / SWEEPS_PER_WAIT).unref();
  }

  /**
   * Queues a command and answers it once its batch is committed.
   *
   * @throws DomainError `overloaded` when there is no room or no time; the command has then not been started
   */
  submit(productId: number, submission: Submission<C>): Promise<O> {
    const lane = this.laneOf(productId);
    if (!submission.always && !this.hasRoom(lane, submission.owner)) return Promise.reject(overloaded());
    return new Promise((resolve, reject) => {
      lane.waiting.push({ ...submission, since: performance.now(), resolve, reject });
      count(lane, submission, 1);
      this.enqueue(lane);
    });
  }

  /** Commands waiting, over all products. */
  get depth(): number {
    let depth = 0;
    for (const lane of this.lanes.values()) depth += lane.waiting.length;
    return depth;
  }

  /** Ends the sweeping; call it when nothing waits any more. */
  close(): void {
    clearInterval(this.sweeper);
  }

  private laneOf(productId: number): Lane<C, O> {
    const existing = this.lanes.get(productId);
    if (existing) return existing;
    const lane: Lane<C, O> = { productId, waiting: [], owners: new Map(), ordinary: 0, busy: false };
    this.lanes.set(productId, lane);
    return lane;
  }

  private hasRoom(lane: Lane<C, O>, owner: string): boolean {
    const { depthMax, ownerDepthMax } = this.limits;
    return lane.ordinary < depthMax && (lane.owners.get(owner) ?? 0) < ownerDepthMax;
  }

  /** Lanes take turns: one that has run goes to the end of the line. */
  private enqueue(lane: Lane<C, O>): void {
    if (lane.busy) return;
    lane.busy = true;
    this.line.push(lane);
    this.startLanes();
  }

  private startLanes(): void {
    while (this.running < this.limits.lanesMax) {
      const lane = this.line.shift();
      if (!lane) return;
      this.running++;
      void this.runLane(lane);
    }
  }

  private async runLane(lane: Lane<C, O>): Promise<void> {
    const batch = take(lane, this.limits.batchMax);
    const answer = await this.settle(lane, batch);
    this.running--;
    lane.busy = false;
    if (lane.waiting.length > 0) this.enqueue(lane);
    else this.lanes.delete(lane.productId);
    this.startLanes();
    // The next batch is sent to the database first: it works on that while this process writes the answers of this one.
    setImmediate(answer);
  }

  /** Never throws: every command gets its own outcome or error. @returns what tells the callers */
  private async settle(lane: Lane<C, O>, batch: Waiting<C, O>[]): Promise<() => void> {
    if (batch.length === 0) return () => undefined;
    const takeMore: TakeMore<C> = (mayJoin) => {
      const end = lane.waiting.findIndex(({ command }) => !mayJoin(command));
      const room = this.limits.batchMax - batch.length;
      const joined = take(lane, Math.min(room, end === -1 ? lane.waiting.length : end));
      batch.push(...joined);
      return joined.map(({ command }) => command);
    };
    try {
      const outcomes = await this.run(
        lane.productId,
        batch.map((waiting) => waiting.command),
        takeMore,
      );
      return () => {
        batch.forEach((waiting, n) => {
          waiting.resolve(outcomes[n] as O);
        });
      };
    } catch (error) {
      if (batch.length > 1 && !(error instanceof DomainError)) {
        await this.rerun(lane.productId, batch);
        return () => undefined;
      }
      return () => {
        for (const waiting of batch) waiting.reject(error);
      };
    }
  }

  /** Nothing of the batch was applied. One command is the culprit: alone, only that one fails. Each is told at once. */
  private async rerun(productId: number, batch: readonly Waiting<C, O>[]): Promise<void> {
    let gone = false;
    for (const waiting of batch) {
      // The database went away meanwhile: the rest is not started, or each would wait for it in turn.
      if (gone) {
        waiting.reject(overloaded());
        continue;
      }
      try {
        const [outcome] = await this.run(productId, [waiting.command], () => []);
        waiting.resolve(outcome as O);
      } catch (error) {
        waiting.reject(error);
        gone = error instanceof DomainError;
      }
    }
  }

  private dropOverdue(): void {
    const latest = performance.now() - this.limits.waitMaxMs;
    for (const lane of this.lanes.values()) {
      const tooLong = lane.waiting.findIndex((waiting) => waiting.since > latest);
      for (const waiting of lane.waiting.splice(0, tooLong === -1 ? lane.waiting.length : tooLong)) {
        count(lane, waiting, -1);
        waiting.reject(overloaded());
      }
    }
  }
}

function take<C, O>(lane: Lane<C, O>, max: number): Waiting<C, O>[] {
  const taken = lane.waiting.splice(0, max);
  for (const waiting of taken) count(lane, waiting, -1);
  return taken;
}

function count<C, O>(lane: Lane<C, O>, { owner, always }: Submission<C>, by: 1 | -1): void {
  if (always) return;
  lane.ordinary += by;
  const owned = (lane.owners.get(owner) ?? 0) + by;
  if (owned > 0) lane.owners.set(owner, owned);
  else lane.owners.delete(owner);
}

const overloaded = (): DomainError =>
  new DomainError({
    code: 'overloaded',
    detail:
      'Too many requests are waiting for this product. Nothing was applied: repeat the request after the time in Retry-After.',
  });
