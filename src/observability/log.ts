import type { LoggerService } from '@nestjs/common';
import { type Logger, type LoggerOptions, pino } from 'pino';

import type { Config } from '../config/config.js';
import { GatheredLines } from './gathered-lines.js';

export type Log = Logger;

/** Lines waiting for whoever reads the log; a stalled one must not fill the memory. */
const BEHIND_MAX_BYTES = 16 * 1024 * 1024;

/** Token of the process's {@link Log}. */
export const LOG = Symbol('LOG');

/**
 * JSON lines to standard output, or a readable form on a terminal. Neither keys nor headers are ever given to it.
 *
 * Lines are written together, a tenth of a second late at most when standard output takes them; what is left when the process
 * ends is written then. A kill -9 loses the last of them, a reader that stands still all past a bound: what must not be lost
 * is in the ledger.
 *
 * @param fd where to, when not to standard output
 */
export function createLog({ logLevel, logPretty }: Pick<Config, 'logLevel' | 'logPretty'>, fd = 1): Log {
  const options: LoggerOptions = {
    level: logLevel,
    base: null,
    timestamp,
    formatters: { level: (label) => ({ level: label }) },
    serializers: SERIALIZERS,
  };
  return logPretty
    ? pino({
        ...options,
        transport: {
          target: 'pino-pretty',
          options: { translateTime: 'SYS:HH:MM:ss.l', singleLine: true, destination: fd },
        },
      })
    : pino(options, new GatheredLines(pino.destination({ dest: fd, sync: false, maxLength: BEHIND_MAX_BYTES })));
}

let lastMs = NaN;
let lastText = '';

/** As pino's isoTime, worded once a millisecond: a busy instance writes many lines in one. */
function timestamp(): string {
  const ms = Date.now();
  if (ms !== lastMs) lastText = `,"time":"${new Date((lastMs = ms)).toISOString()}"`;
  return lastText;
}

/** Of an error, what it says and where it was thrown: a driver's error has its SQL, its values and a stack on it. */
export const SERIALIZERS = {
  err: (error: unknown): object => {
    if (!(error instanceof Error)) return { message: String(error) };
    const { name, message, stack } = error;
    const { code, errno } = error as { code?: unknown; errno?: unknown };
    const at = /^\s+at (.*)$/m.exec(stack ?? '')?.[1];
    return { name, message, code, errno, at: at?.replace(/\(.*[/\\](?=[^/\\]+$)/, '(') };
  },
};

/** Nest's own messages, in the same log. */
export class NestLog implements LoggerService {
  constructor(private readonly target: Log) {}

  log(message: unknown, context?: string): void {
    this.target.debug({ context }, String(message));
  }
  warn(message: unknown, context?: string): void {
    this.target.warn({ context }, String(message));
  }
  error(message: unknown, stack?: string, context?: string): void {
    this.target.error({ context, stack }, String(message));
  }
  debug(message: unknown, context?: string): void {
    this.target.debug({ context }, String(message));
  }
  verbose(message: unknown, context?: string): void {
    this.target.trace({ context }, String(message));
  }
}
