import { cleanEnv } from 'envalid';

import { nearMiss } from './near-miss.js';
import { SETTINGS } from './settings.js';

type Setting = keyof typeof SETTINGS;
type Environment = Readonly<Record<string, string | undefined>>;

/** The process's settings, frozen. Names end in their unit. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Absent: `/metrics` is on the API's port. */
  readonly opsPort: number | undefined;
  /** Absent: the service runs a private MySQL. */
  readonly databaseUrl: string | undefined;
  readonly databasePoolMax: number;
  readonly databaseWaitSeconds: number;
  readonly migrateOnStart: boolean;
  readonly demoData: boolean;
  readonly dataDir: string;
  readonly mysqld: string | undefined;
  /** Whether partners and addresses are limited. */
  readonly rateLimit: boolean;
  readonly authFailuresPerMinuteMax: number;
  /** Where instances count requests together. */
  readonly redisUrl: string | undefined;
  /** Whether a proxy's X-Forwarded-For tells the client's address. */
  readonly trustProxy: boolean;
  readonly reservationApi: 'on' | 'deprecated' | 'gone';
  /** Where reservations are made once this API is gone. */
  readonly reservationApiSuccessor: string;
  /** Day on which it goes, `YYYY-MM-DD`. */
  readonly reservationApiSunset: string;
  readonly holdTtlSeconds: number;
  readonly expiryIntervalSeconds: number;
  readonly expiryBatchMax: number;
  readonly releaseIntervalSeconds: number;
  /** 0: never. */
  readonly reconcileIntervalSeconds: number;
  readonly batchMax: number;
  readonly queueDepthMax: number;
  readonly queuePartnerSharePercent: number;
  readonly queueWaitMaxMs: number;
  readonly bodyMaxBytes: number;
  readonly shutdownMaxSeconds: number;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly logPretty: boolean;
}

/** Token under which the app's parts are given the {@link Config}. */
export const CONFIG = Symbol('CONFIG');

/** Every fault of the environment, in one message for whoever set it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(
      `${faults.length === 1 ? 'A setting is' : `${faults.length} settings are`} wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}\nREADME.md lists all settings.`,
    );
  }
}

/**
 * Reads the environment once.
 *
 * @throws ConfigError naming every bad setting and every variable that nearly spells one
 */
export function readConfig(environment: Environment, terminal = false): Config {
  const faults = misspelt(environment);
  const env = cleanEnv(environment, SETTINGS, {
    reporter: ({ errors }) => {
      for (const [name, error] of Object.entries(errors)) faults.push(`${name}: ${error.message}`);
    },
  });
  if (faults.length > 0) throw new ConfigError(faults);
  if (env.OPS_PORT === env.PORT && env.PORT !== 0)
    throw new ConfigError([`OPS_PORT: ${env.PORT} is PORT; choose another`]);
  return Object.freeze({
    port: env.PORT,
    host: env.HOST,
    opsPort: env.OPS_PORT,
    databaseUrl: env.DATABASE_URL,
    databasePoolMax: env.DATABASE_POOL_MAX,
    databaseWaitSeconds: env.DATABASE_WAIT_SECONDS,
    migrateOnStart: env.MIGRATE_ON_START,
    demoData: env.DEMO_DATA ?? env.DATABASE_URL === undefined,
    dataDir: env.DATA_DIR,
    mysqld: env.MYSQLD,
    rateLimit: env.RATE_LIMIT === 'on',
    authFailuresPerMinuteMax: env.AUTH_FAILURES_PER_MINUTE_MAX,
    redisUrl: env.REDIS_URL,
    trustProxy: env.TRUST_PROXY,
    reservationApi: env.RESERVATION_API,
    reservationApiSuccessor: env.RESERVATION_API_SUCCESSOR,
    reservationApiSunset: env.RESERVATION_API_SUNSET,
    holdTtlSeconds: env.HOLD_TTL_SECONDS,
    expiryIntervalSeconds: env.EXPIRY_INTERVAL_SECONDS,
    expiryBatchMax: env.EXPIRY_BATCH_MAX,
    releaseIntervalSeconds: env.RELEASE_INTERVAL_SECONDS,
    reconcileIntervalSeconds: env.RECONCILE_INTERVAL_SECONDS,
    batchMax: env.BATCH_MAX,
    queueDepthMax: env.QUEUE_DEPTH_MAX,
    queuePartnerSharePercent: env.QUEUE_PARTNER_SHARE_PERCENT,
    queueWaitMaxMs: env.QUEUE_WAIT_MAX_MS,
    bodyMaxBytes: env.BODY_MAX_BYTES,
    shutdownMaxSeconds: env.SHUTDOWN_MAX_SECONDS,
    logLevel: env.LOG_LEVEL,
    logPretty: env.LOG_FORMAT === 'pretty' || (env.LOG_FORMAT === 'auto' && terminal),
  });
}

function misspelt(environment: Environment): string[] {
  const settings = Object.keys(SETTINGS) as Setting[];
  return Object.keys(environment).flatMap((name) => {
    const meant = nearMiss(name, settings);
    return meant === undefined
      ? []
      : [`${name}: there is no such setting; did you mean ${meant}? Unset it if it is not meant for this service`];
  });
}
