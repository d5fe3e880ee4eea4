/** A command on its way into the queue of a product. */
export interface Submission<C> {
  readonly command: C;
  /** Whose command it is: nobody may fill the queue alone. */
  readonly owner: string;
  /** Work that gives units back or keeps a promise always finds room. */
  readonly always?: boolean;
  /** Work of many rows, that other products' commands should not have to wait for. */
  readonly long?: boolean;
}

/** A command in the queue, and how its caller is told. */
export interface Waiting<C, O> {
  readonly submission: Submission<C>;
  readonly since: number;
  readonly resolve: (outcome: O) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Those that were just answered are waited for so many times as long as the row was waited for, at most. Others that take turns
 * with this instance have the row meanwhile: who gathers for longer stands in line for less, so the last wait says too little.
 */
const COMPANY_WAITS = 8;
const COMPANY_MAX_MS = 40;

/** A row that was free so often in a row is nobody else's any more. Once says little of others that take turns. */
const FREE_TURNS = 3;

/** So many are not shared out: a transaction more costs more than it saves. */
const UNDIVIDED_MAX = 8;

const NOBODY = { size: 0, until: 0 };

/** One product's queue in this process. */
export class Lane<C, O> {
  /** Running, or in a line of lanes that are to run. */
  busy = false;
  /** Another instance had the row a moment ago: the next transaction waits for it, and for it alone. */
  contended = false;

  private readonly waiting: Waiting<C, O>[] = [];
  /** How long the row was waited for, the last time that it was. */
  private rowWaitMs = 0;
  /** Transactions since then, or since it was found taken. */
  private freeTurns = 0;
  /** Those that may come back, with those that waited when they were answered. */
  private company = NOBODY;
  private gathering: NodeJS.Timeout | undefined;
  /** How many the last turn took; before the first, nobody can come back. */
  private lastTurn = Infinity;
  /** Ordinary commands waiting, by owner. */
  private readonly owners = new Map<string, number>();
  private ordinary = 0;
  private long = 0;

  constructor(readonly productId: number) {}

  /** Commands waiting. */
  get length(): number {
    return this.waiting.length;
  }

  /** Whether its next transaction is one that others should not take part in. */
  get apart(): boolean {
    return this.contended || this.long > 0;
  }

  /**
   * A transaction is over.
   *
   * @param answered so many of it are told now
   * @param contendedMs so long it waited for the row, since another instance had it; 0 when none had
   */
  ran(answered: number, contendedMs: number): void {
    if (contendedMs > 0) {
      this.contended = true;
      this.rowWaitMs = contendedMs;
      this.freeTurns = 0;
    } else if (++this.freeTurns >= FREE_TURNS) this.contended = false;
    const ms = Math.min(this.rowWaitMs * COMPANY_WAITS, COMPANY_MAX_MS);
    this.company = { size: answered + this.waiting.length, until: performance.now() + ms };
  }

  /**
   * Another instance may have the row meanwhile, so the next transaction is for all that were there before: sent with the first to come
   * back, it would stand in line for one. Calls back when they don't come.
   *
   * @returns whether the rest is still waited for
   */
  waitsForCompany(late: () => void): boolean {
    clearTimeout(this.gathering);
    const { size, until } = this.company;
    const ms = until - performance.now();
    if (!this.contended || this.waiting.length >= size || ms <= 0) return false;
    this.gathering = setTimeout(late, Math.ceil(ms));
    return true;
  }

  hasRoom(owner: string, limits: { readonly depthMax: number; readonly ownerDepthMax: number }): boolean {
    return this.ordinary < limits.depthMax && (this.owners.get(owner) ?? 0) < limits.ownerDepthMax;
  }

  add(waiting: Waiting<C, O>): void {
    this.waiting.push(waiting);
    this.count(waiting, 1);
  }

  /** Back to where they came from: another instance had the row, and they have not been started. */
  putBack(commands: readonly Waiting<C, O>[]): void {
    this.contended = true;
    this.freeTurns = 0;
    this.company = NOBODY;
    this.waiting.unshift(...commands);
    for (const waiting of commands) this.count(waiting, 1);
  }

  /** Takes the oldest, at most so many. */
  take(max: number): Waiting<C, O>[] {
    const taken = this.waiting.splice(0, max);
    for (const waiting of taken) this.count(waiting, -1);
    return taken;
  }

  /**
   * Takes the oldest for the next transaction, at most so many. Of many that wait it leaves some for the one after: those that the
   * last one answers come back while this one runs, and join them. A large group and a small one that take turns would leave
   * now the database idle, now this process.
   */
  takeTurn(max: number): Waiting<C, O>[] {
    const even = Math.ceil((this.waiting.length + this.lastTurn) / 2);
    const taken = this.take(Math.min(max, Math.max(even, UNDIVIDED_MAX)));
    this.lastTurn = taken.length;
    return taken;
  }

  /** Takes the oldest, at most so many, up to the first that may not come along. */
  takeWhile(max: number, mayCome: (command: C) => boolean): Waiting<C, O>[] {
    const end = this.waiting.findIndex(({ submission }) => !mayCome(submission.command));
    return this.take(Math.min(max, end === -1 ? this.waiting.length : end));
  }

  /** Takes those that have waited since then or longer. */
  takeOlder(latest: number): Waiting<C, O>[] {
    const end = this.waiting.findIndex(({ since }) => since > latest);
    return this.take(end === -1 ? this.waiting.length : end);
  }

  private count({ submission: { owner, always, long } }: Waiting<C, O>, by: 1 | -1): void {
    if (long) this.long += by;
    if (always) return;
    this.ordinary += by;
    const owned = (this.owners.get(owner) ?? 0) + by;
    if (owned > 0) this.owners.set(owner, owned);
    else this.owners.delete(owner);
  }
}
