import { parseArgs } from 'node:util';

import { UsageError } from '../config/usage-error.js';

export interface ArchiveOptions {
  readonly olderThanDays: number;
  /** Folder of the files; absent in a dry run that named none. */
  readonly to: string | undefined;
  readonly dryRun: boolean;
  /** Rows of one transaction. */
  readonly batchMax: number;
  /** Between two transactions. */
  readonly pauseMs: number;
}

/** Answers under idempotency keys are promised for so long. */
const AGE_MIN_DAYS = 7;
const AGE_MAX_DAYS = 36_500;
/** More rows than this hold their locks, and the binary log, for longer than a sale should wait. */
const BATCH_MAX = 5_000;
const PAUSE_MAX_MS = 60_000;

const USAGE =
  'npm run archive -- --older-than-days 400 --to ./archive [--dry-run] [--batch 1000] [--pause-ms 50]   (docs/operations.md)';

/** @throws UsageError that says what is wrong with the arguments */
export function readArchiveOptions(args: readonly string[]): ArchiveOptions {
  const { values } = parse(args);
  const dryRun = values['dry-run'];
  if (values['older-than-days'] === undefined) throw wrong('--older-than-days is missing');
  if (values.to === '' || (values.to === undefined && !dryRun)) throw wrong('--to names no folder');
  return {
    olderThanDays: whole('--older-than-days', values['older-than-days'], AGE_MIN_DAYS, AGE_MAX_DAYS),
    to: values.to,
    dryRun,
    batchMax: whole('--batch', values.batch, 1, BATCH_MAX),
    pauseMs: whole('--pause-ms', values['pause-ms'], 0, PAUSE_MAX_MS),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        'older-than-days': { type: 'string' },
        to: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        batch: { type: 'string', default: '1000' },
        'pause-ms': { type: 'string', default: '50' },
      },
    });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function whole(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw wrong(`${option}: '${text}' is not a whole number from ${min} to ${max}`);
  }
  return value;
}

const wrong = (what: string): UsageError => new UsageError(`${what}\nusage: ${USAGE}`);
