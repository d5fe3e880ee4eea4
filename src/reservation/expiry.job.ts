import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';

import { CONFIG, type Config } from '../config/config.js';
import { Reader } from '../database/reader.js';
import { LOG, type Log } from '../observability/log.js';
import { Rounds } from '../observability/rounds.js';
import { ReservationLanes } from './reservation.lanes.js';
import { type ChannelOfProduct, channelsWithOverdueHolds, nextDueInMs } from './reservation.store.js';

const NAME = 'expiry';
/** Overdue holds looked at to find the products to visit; the rest come in the next round. */
const LOOK_AHEAD_HOLDS = 10_000;
/** Holds that fall due one after another are released together. */
const PAUSE_MIN_MS = 1_000;
/** Timers may be early, by the database's clock. */
const AFTER_DUE_MS = 20;

/**
 * Gives overdue holds back to their channels, when the next one falls due, or after the interval: holds that were made
 * meanwhile may be shorter. Any number of instances may run it at once: the inventory row's lock orders them, and each
 * releases only what it finds `active` under it.
 */
@Injectable()
export class ExpiryJob implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly rounds: Rounds;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    scheduler: SchedulerRegistry,
    private readonly reader: Reader,
    private readonly lanes: ReservationLanes,
  ) {
    this.rounds = new Rounds(scheduler, {
      name: NAME,
      work: () => this.run(),
      failed: (error) => {
        this.log.error({ err: error }, 'expiry failed; overdue holds are released in the next round');
      },
      nextInMs: () => this.nextInMs(),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.rounds.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.rounds.stop();
  }

  /** Releases all that is overdue now. @returns the number of holds released */
  async run(): Promise<number> {
    let released = 0;
    for (;;) {
      const channels = await this.reader.run(channelsWithOverdueHolds(LOOK_AHEAD_HOLDS));
      const count = await this.releaseAll(rotated(channels));
      released += count;
      // Nothing released though something was found: another instance was quicker, or a job that is stopping.
      if (count === 0 || this.rounds.stopping) return released;
    }
  }

  /** One after the other, so that partners have the database too, however many products have overdue holds. */
  private async releaseAll(channels: readonly ChannelOfProduct[]): Promise<number> {
    let count = 0;
    for (const channel of channels) {
      if (this.rounds.stopping) break;
      count += await this.release(channel);
    }
    return count;
  }

  /** A product whose row can't be had now is left for the next round, and spoils no other's. */
  private async release({ productId, channelId }: ChannelOfProduct): Promise<number> {
    try {
      const outcome = await this.lanes.submit(productId, {
        owner: NAME,
        always: true,
        long: true,
        command: { kind: 'expire', channelId, holdsMax: this.config.expiryBatchMax },
      });
      return outcome.kind === 'expired' ? outcome.holds.length : 0;
    } catch (error) {
      this.log.error({ err: error, product_id: productId, channel_id: channelId }, 'overdue holds were not released');
      return 0;
    }
  }

  private async nextInMs(): Promise<number> {
    const intervalMs = this.config.expiryIntervalSeconds * 1000;
    // A database that is away is no reason to look for holds less often.
    const dueInMs = (await this.reader.run(nextDueInMs()).catch(() => undefined)) ?? intervalMs;
    return Math.min(intervalMs, Math.max(PAUSE_MIN_MS, dueInMs + AFTER_DUE_MS));
  }
}

/** Instances wake at the same time: each begins somewhere else. */
function rotated<T>(items: readonly T[]): T[] {
  const first = Math.floor(Math.random() * items.length);
  return [...items.slice(first), ...items.slice(0, first)];
}
