import { setImmediate } from 'node:timers/promises';

import { GroupCommit, type GroupCommitLimits, type Share, type ShareResult } from '../../src/database/group-commit.js';
import type { Submission } from '../../src/database/lane.js';

export interface Batch {
  readonly productIds: readonly number[];
  /** Of all products, with those that joined. */
  readonly commands: readonly string[];
  readonly mayWait: boolean;
  /** Has those of the first product join that came meanwhile, up to the first that begins with a capital. @returns them */
  join(): readonly string[];
  /** Ends it well: each command is answered with `done <command>`, but those of products whose row was taken. */
  commit(how?: { readonly taken?: readonly number[]; readonly contendedMs?: number }): Promise<void>;
  fail(error: Error): Promise<void>;
}

const LIMITS: GroupCommitLimits = {
  transactionsMax: 4,
  batchMax: 100,
  depthMax: 100,
  ownerDepthMax: 100,
  waitMaxMs: 5_000,
};

/** A group commit whose batches run until the test ends them. */
export class Batches {
  /** All that have started, in that order. */
  readonly started: Batch[] = [];
  readonly groupCommit: GroupCommit<string, string>;

  constructor(limits: Partial<GroupCommitLimits> = {}) {
    this.groupCommit = new GroupCommit((shares, mayWait) => this.start(shares, mayWait), { ...LIMITS, ...limits });
  }

  /** Resolves to the answer, or to `failed: <message>`. */
  submit(
    command: string,
    { productId = 1, ...rest }: Partial<Submission<string> & { productId: number }> = {},
  ): Promise<string> {
    const submission = { command, owner: 'partner-a', ...rest };
    return this.groupCommit
      .submit(productId, submission)
      .catch((error: unknown) => `failed: ${(error as { code?: string }).code ?? (error as Error).message}`);
  }

  /** The n-th batch to start, counted from 0. */
  batch(n: number): Batch {
    const batch = this.started[n];
    if (!batch) throw new Error(`only ${this.started.length} batches have started`);
    return batch;
  }

  /** Commands of each started batch. */
  get commands(): (readonly string[])[] {
    return this.started.map(({ commands }) => commands);
  }

  /** Commits whatever starts until nothing waits or runs any more. */
  async commitAll(): Promise<void> {
    for (let n = 0; n < this.started.length; n++) await this.batch(n).commit();
  }

  private start(shares: readonly Share<string>[], mayWait: boolean): Promise<readonly ShareResult<string>[]> {
    const all = shares.map(({ productId, commands }) => ({ productId, commands: [...commands] }));
    return new Promise((resolve, reject) => {
      this.started.push({
        productIds: all.map(({ productId }) => productId),
        mayWait,
        get commands() {
          return all.flatMap(({ commands }) => commands);
        },
        join: () => {
          const joined = shares[0]?.takeMore((command) => !/^[A-Z]/.test(command)) ?? [];
          all[0]?.commands.push(...joined);
          return joined;
        },
        commit: ({ taken = [], contendedMs = 0 } = {}) => {
          resolve(
            all.map(({ productId, commands }) =>
              taken.includes(productId)
                ? 'row-taken'
                : { outcomes: commands.map((command) => `done ${command}`), contendedMs },
            ),
          );
          return setImmediate();
        },
        fail: (error) => {
          reject(error);
          return setImmediate();
        },
      });
    });
  }
}

let open: Batches[] = [];

/** As many as a test needs; they are closed after it. */
export function batches(...limits: ConstructorParameters<typeof Batches>): Batches {
  const made = new Batches(...limits);
  open.push(made);
  return made;
}

afterEach(() => {
  for (const { groupCommit } of open) groupCommit.close();
  open = [];
});
