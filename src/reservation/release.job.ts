import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';

import { CONFIG, type Config } from '../config/config.js';
import { Reader } from '../database/reader.js';
import { ALLOT_HOLDS_MAX } from '../domain/allot.js';
import { isoInstant } from '../domain/instant.js';
import { releaseCommand } from '../domain/release.js';
import { LOG, type Log } from '../observability/log.js';
import { Metrics } from '../observability/metrics.js';
import { Rounds } from '../observability/rounds.js';
import { type ComingRelease, comingReleases } from './release.store.js';
import { ReservationLanes } from './reservation.lanes.js';
import { hasMoreOverdueHolds } from './reservation.store.js';

/** Releases that one round looks at; the rest come in the next. */
const LOOK_AHEAD = 1_000;
/** Releases that fall due one after another are carried out together, and one that fails is not tried without a pause. */
const PAUSE_MIN_MS = 1_000;
/** Timers may be early, by the database's clock. */
const AFTER_DUE_MS = 20;

/**
 * Carries out timed releases when the next one falls due, at a start, and after the interval: others may have been scheduled
 * meanwhile. Any number of instances may run it at once: a release is `done` in the transaction that moves its units, under
 * the inventory row's lock, and only what is `scheduled` under that lock is carried out.
 */
@Injectable()
export class ReleaseJob implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly rounds: Rounds;
  private readonly runs;
  /** When the next one is due, on this process's steady clock; unknown when that could not be read. */
  private nextAt: number | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    scheduler: SchedulerRegistry,
    metrics: Metrics,
    private readonly reader: Reader,
    private readonly lanes: ReservationLanes,
  ) {
    this.runs = metrics.counter({
      name: 'allotment_releases_total',
      help: 'Timed releases that this instance carried out, or failed to: it tries those again',
      labelNames: ['outcome'],
    });
    this.rounds = new Rounds(scheduler, {
      name: 'releases',
      work: () => this.run(),
      failed: (error) => {
        this.log.error({ err: error }, 'timed releases could not be looked for; the next round does');
      },
      nextInMs: () => this.nextInMs(),
    });
  }

  /** Those that fell due while nothing ran are carried out at once. */
  async onApplicationBootstrap(): Promise<void> {
    await this.rounds.start(0);
  }

  async onModuleDestroy(): Promise<void> {
    await this.rounds.stop();
  }

  /** Carries out all that are due now. @returns how many this instance carried out */
  async run(): Promise<number> {
    this.nextAt = undefined;
    const releases = await this.reader.run(comingReleases(LOOK_AHEAD));
    const lookedAt = performance.now();
    let done = 0;
    for (const release of releases.filter(({ dueInMs }) => dueInMs <= 0)) {
      if (this.rounds.stopping) break;
      if (await this.release(release)) done++;
    }
    const next = releases.find(({ dueInMs }) => dueInMs > 0);
    if (next) this.nextAt = lookedAt + next.dueInMs;
    else if (releases.length === LOOK_AHEAD && done > 0) this.nextAt = lookedAt;
    return done;
  }

  private nextInMs(): number {
    const intervalMs = this.config.releaseIntervalSeconds * 1000;
    if (this.nextAt === undefined) return intervalMs;
    return Math.min(intervalMs, Math.max(PAUSE_MIN_MS, this.nextAt + AFTER_DUE_MS - performance.now()));
  }

  /** One that can't be carried out now is left for the next round, and holds no other up. */
  private async release(release: ComingRelease): Promise<boolean> {
    const { id, productId, from, to, dueAt, reason } = release;
    const told = { release_id: id, product_id: productId, from, to, due_at: isoInstant(dueAt) };
    try {
      await this.expireMany(productId, from);
      const outcome = await this.lanes.submit(productId, {
        owner: 'release job',
        always: true,
        long: true,
        command: releaseCommand(release, { actor: `release:${id}`, reason }),
      });
      if (outcome.kind === 'refused' && outcome.refusal.code === 'release_settled') return false;
      if (outcome.kind !== 'allotted') throw new Error(`the release was ${outcome.kind}`);
      const units = outcome.changes.reduce(
        (sum, { before, after }) => sum + Math.max(0, after.allocated - before.allocated),
        0,
      );
      this.runs.inc({ outcome: 'done' });
      this.log.info({ ...told, units, late_seconds: Math.round(-release.dueInMs / 1000) }, 'timed release carried out');
      return true;
    } catch (error) {
      this.runs.inc({ outcome: 'failed' });
      this.log.error({ ...told, err: error }, 'timed release was not carried out; the next round tries again');
      return false;
    }
  }

  /** After a stop more holds may be overdue than one change releases: their units are not sold either. */
  private async expireMany(productId: number, channelId: string): Promise<void> {
    const holdsMax = this.config.expiryBatchMax;
    while (
      !this.rounds.stopping &&
      (await this.reader.run(hasMoreOverdueHolds(productId, channelId, ALLOT_HOLDS_MAX)))
    ) {
      await this.lanes.submit(productId, {
        owner: 'release job',
        always: true,
        long: true,
        command: { kind: 'expire', channelId, holdsMax },
      });
    }
  }
}
