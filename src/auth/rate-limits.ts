import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type * as ioredis from 'ioredis';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterRes,
} from 'rate-limiter-flexible';

import { CONFIG, type Config } from '../config/config.js';
import { DomainError } from '../domain/errors.js';
import { LOG, type Log } from '../observability/log.js';

/** Where a partner or an address stands in the current minute. */
export interface Allowance {
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly exceeded: boolean;
}

const WINDOW_SECONDS = 60;
/** Limits differ by partner, so they are compared here; the store only counts. */
const COUNT_ONLY = Number.MAX_SAFE_INTEGER;
/** A store that is slower than this is worse than counting alone. */
const STORE_MAX_MS = 200;

/**
 * Counts requests per partner and failed authentications per address, in windows of a minute: in Redis for all instances
 * together when REDIS_URL is set, else, and while Redis is away, in this process.
 */
@Injectable()
export class RateLimits implements OnApplicationShutdown {
  private readonly redis: ioredis.Redis | undefined;
  private readonly requests: RateLimiterAbstract;
  private readonly failures: RateLimiterAbstract;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) log: Log,
  ) {
    if (!config.rateLimit) log.warn('RATE_LIMIT=off: partners and addresses are not limited');
    this.redis = config.rateLimit && config.redisUrl !== undefined ? connect(config.redisUrl, log) : undefined;
    this.requests = limiter('requests', this.redis);
    this.failures = limiter('failures', this.redis);
  }

  /** Counts a request of the partner. @returns where it stands; `undefined` with limits off */
  async request(partnerId: string, limit: number): Promise<Allowance | undefined> {
    if (!this.config.rateLimit) return undefined;
    return allowanceOf(await this.requests.consume(partnerId), limit);
  }

  /** Counts a key that isn't known yet as a guess of the address. @returns where it stands */
  async guess(address: string): Promise<Allowance | undefined> {
    if (!this.config.rateLimit) return undefined;
    return allowanceOf(await this.failures.consume(address), this.config.authFailuresPerMinuteMax);
  }

  /** The key was a good one after all. */
  async forgiveGuess(address: string): Promise<void> {
    if (this.config.rateLimit) await this.failures.reward(address);
  }

  onApplicationShutdown(): void {
    this.redis?.disconnect();
  }
}

function allowanceOf({ consumedPoints, msBeforeNext }: RateLimiterRes, limit: number): Allowance {
  return {
    limit,
    remaining: Math.max(0, limit - consumedPoints),
    resetSeconds: Math.ceil(msBeforeNext / 1000),
    exceeded: consumedPoints > limit,
  };
}

/** The refusal of whoever has to wait for the next minute. */
export const tooManyRequests = ({ limit, resetSeconds }: Allowance): DomainError =>
  new DomainError(
    {
      code: 'rate_limited',
      detail: `More than ${limit} in a minute. Nothing was applied: repeat the request in ${resetSeconds} s.`,
      facts: { limit },
    },
    { retryAfterSeconds: resetSeconds },
  );

function limiter(name: string, redis: ioredis.Redis | undefined): RateLimiterAbstract {
  const options = { keyPrefix: `allotment:${name}`, points: COUNT_ONLY, duration: WINDOW_SECONDS };
  const memory = new RateLimiterMemory(options);
  return redis
    ? new RateLimiterRedis({ ...options, storeClient: redis, insuranceLimiter: memory, rejectIfRedisNotReady: true })
    : memory;
}

function connect(url: string, log: Log): ioredis.Redis {
  // Loaded by whoever has a Redis, since it takes a fortieth of the start; a constructor can't wait for import().
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { Redis } = require('ioredis') as typeof ioredis;
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: STORE_MAX_MS,
    connectTimeout: 2_000,
  });
  let away = false;
  redis.on('error', (error: Error) => {
    if (!away) log.warn({ err: error }, 'Redis is away: each instance limits its own requests');
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info('Redis is back: instances limit requests together');
    away = false;
  });
  return redis;
}
