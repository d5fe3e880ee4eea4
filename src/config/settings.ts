import { bool, makeExactValidator, makeValidator } from 'envalid';

import { isCalendarDate } from '../domain/instant.js';
import { faultOfHosts, serverUrls } from './database-url.js';

/** Every setting: an environment variable, what it does, its default. README.md's table is held against this one. */
export const SETTINGS = {
  PORT: int(0, 65_535)({ default: 8080, desc: 'Port of the API; 0 takes a free one' }),
  HOST: text()({
    default: '127.0.0.1',
    desc: 'Address to listen on; `0.0.0.0` for every network, as in a container',
  }),
  OPS_PORT: int(
    0,
    65_535,
  )({
    default: undefined,
    desc: 'Port of `/metrics` alone, for your own network; without it `/metrics` is on `PORT`, to the same machine only',
  }),
  DATABASE_URL: mysqlUrl()({
    default: undefined,
    desc: 'Your own MySQL 8.4 or newer, `mysql://user:password@host:3306/database`; several hosts, commas between, are a group; without it the service runs a private one',
  }),
  DATABASE_POOL_MAX: int(
    2,
    500,
  )({
    default: 10,
    desc: 'Connections for reads; as many more serve the write path, one a running batch',
  }),
  DATABASE_WAIT_SECONDS: int(
    0,
    600,
  )({
    default: 30,
    desc: 'How long a start waits for a database that does not answer yet',
  }),
  MIGRATE_ON_START: bool({
    default: true,
    desc: 'Whether a start runs pending migrations; `npm run migrate` does it too',
  }),
  DEMO_DATA: bool({
    default: undefined,
    desc: 'Whether an empty database gets the demo data; by default only the private one does',
  }),
  DATA_DIR: text()({ default: '.data', desc: 'Folder of the private MySQL' }),
  MYSQLD: text()({ default: undefined, desc: 'The `mysqld` that the private MySQL runs; by default it is looked for' }),
  RATE_LIMIT: oneOf('on', 'off')({ default: 'on', desc: '`off` switches all limits on requests off, for load tests' }),
  AUTH_FAILURES_PER_MINUTE_MAX: int(
    1,
    1_000_000,
  )({
    default: 30,
    desc: 'Bad keys that one address may send in a minute; then it gets 429',
  }),
  REDIS_URL: url(
    'redis:',
    'rediss:',
  )({
    default: undefined,
    desc: 'Redis in which all instances count requests together, `redis://host:6379`; without it each counts its own',
  }),
  TRUST_PROXY: bool({
    default: false,
    desc: 'Whether `X-Forwarded-For` tells the address of a client; only behind a proxy of yours',
  }),
  RESERVATION_API: oneOf(
    'on',
    'deprecated',
    'gone',
  )({
    default: 'on',
    desc: '`on`; `deprecated`: works, and every answer says so; `gone`: 410. Inventory works in all of them',
  }),
  RESERVATION_API_SUCCESSOR: text()({
    default: '/api/ticket-reservation',
    desc: 'Where reservations are made instead, for `deprecated` and `gone`',
  }),
  RESERVATION_API_SUNSET: date()({ default: '2027-06-30', desc: 'Day on which a deprecated reservation API goes' }),
  HOLD_TTL_SECONDS: int(
    1,
    31_536_000,
  )({ default: 86_400, desc: 'How long a hold lasts when the partner asks for no other expiry' }),
  EXPIRY_INTERVAL_SECONDS: int(
    1,
    86_400,
  )({ default: 30, desc: 'Overdue holds are looked for when the next one falls due, and at least this often' }),
  EXPIRY_BATCH_MAX: int(1, 10_000)({ default: 300, desc: 'Overdue holds released in one transaction' }),
  RELEASE_INTERVAL_SECONDS: int(
    1,
    86_400,
  )({ default: 30, desc: 'Timed releases are looked for when the next one falls due, and at least this often' }),
  RECONCILE_INTERVAL_SECONDS: int(
    0,
    604_800,
  )({ default: 3_600, desc: 'How often counters are held against reservations and the ledger; 0 for never' }),
  BATCH_MAX: int(1, 10_000)({ default: 256, desc: 'Requests that share a transaction' }),
  QUEUE_DEPTH_MAX: int(1, 1_000_000)({ default: 2_000, desc: 'Reserves that may wait for one product; more get 503' }),
  QUEUE_PARTNER_SHARE_PERCENT: int(1, 100)({ default: 50, desc: 'The part of that queue that one partner may fill' }),
  QUEUE_WAIT_MAX_MS: int(
    100,
    60_000,
  )({ default: 5_000, desc: 'A request that has not started after so long gets 503' }),
  BODY_MAX_BYTES: int(1_024, 10_485_760)({ default: 65_536, desc: 'Largest request body; a larger one gets 413' }),
  SHUTDOWN_MAX_SECONDS: int(1, 600)({ default: 25, desc: 'How long a stop waits for requests in flight' }),
  LOG_LEVEL: oneOf(
    'trace',
    'debug',
    'info',
    'warn',
    'error',
    'fatal',
    'silent',
  )({
    default: 'info',
    desc: '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`',
  }),
  LOG_FORMAT: oneOf(
    'auto',
    'json',
    'pretty',
  )({
    default: 'auto',
    desc: '`json`, `pretty`, or `auto`: pretty on a terminal, else JSON lines',
  }),
};

function int(min: number, max: number) {
  return makeExactValidator((input) => {
    const value = Number(input);
    if (!/^\d+$/.test(input.trim()) || value < min || value > max) {
      throw new Error(`'${input}' is not a whole number from ${min} to ${max}`);
    }
    return value;
  });
}

function oneOf<const T extends string>(...choices: readonly T[]) {
  return makeValidator((input) => {
    const found = choices.find((choice) => choice === input);
    if (found === undefined) throw new Error(`'${input}' is none of ${choices.join(', ')}`);
    return found;
  });
}

function text() {
  return makeExactValidator((input) => {
    if (input.trim() === '') throw new Error('is empty: leave it out for the default, or give it a value');
    return input.trim();
  });
}

function url(...protocols: readonly string[]) {
  return makeExactValidator((input) => {
    // The value may hold a password: it is never repeated.
    if (!URL.canParse(input) || !protocols.includes(new URL(input).protocol)) {
      throw new Error(`is not a URL that begins with ${protocols.join(' or ')}//`);
    }
    return input;
  });
}

function date() {
  return makeExactValidator((input) => {
    if (!isCalendarDate(input)) throw new Error(`'${input}' is not a date such as 2027-06-30`);
    return input;
  });
}

function mysqlUrl() {
  return makeExactValidator((input) => {
    // The value holds a password: it is never repeated.
    const fault = faultOfHosts(input);
    if (fault !== undefined) throw new Error(fault);
    for (const server of serverUrls(input)) {
      const url = URL.canParse(server) ? new URL(server) : undefined;
      if (url?.protocol !== 'mysql:') throw new Error('is not of the form mysql://user:password@host:3306/database');
      if (!/^\/[A-Za-z0-9_$-]{1,64}$/.test(url.pathname))
        throw new Error('names no database: mysql://user:password@host:3306/database');
    }
    return input;
  });
}
