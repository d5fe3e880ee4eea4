import type { SchedulerRegistry } from '@nestjs/schedule';

/** Work that comes round again. */
export interface Round {
  /** Of the timer, unlike any other. */
  readonly name: string;
  readonly work: () => Promise<unknown>;
  /** Tells of work that threw. */
  readonly failed: (error: unknown) => void;
  /** How long from now until the next time; never again, when there is none. Must not throw. */
  readonly nextInMs: () => number | undefined | Promise<number | undefined>;
}

/** Does one round at a time, and asks after each when the next is due. */
export class Rounds {
  private running: Promise<unknown> | undefined;
  private ended = false;

  constructor(
    private readonly scheduler: SchedulerRegistry,
    private readonly round: Round,
  ) {}

  /** Whether work that is under way should come to an end. */
  get stopping(): boolean {
    return this.ended;
  }

  /** @param firstInMs when the first round is not to come as the others do */
  async start(firstInMs?: number): Promise<void> {
    this.schedule(firstInMs ?? (await this.round.nextInMs()));
  }

  /** Waits for work that is under way. */
  async stop(): Promise<void> {
    const { name } = this.round;
    this.ended = true;
    if (this.scheduler.doesExist('timeout', name)) this.scheduler.deleteTimeout(name);
    await this.running?.catch(() => undefined);
  }

  private async tick(): Promise<void> {
    this.scheduler.deleteTimeout(this.round.name);
    try {
      this.running = this.round.work();
      await this.running;
    } catch (error) {
      this.round.failed(error);
    } finally {
      this.running = undefined;
    }
    this.schedule(await this.round.nextInMs());
  }

  private schedule(afterMs: number | undefined): void {
    if (this.ended || afterMs === undefined) return;
    this.scheduler.addTimeout(
      this.round.name,
      setTimeout(() => void this.tick(), afterMs),
    );
  }
}
