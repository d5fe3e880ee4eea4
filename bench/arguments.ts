import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Options {
  /** A part of the scenarios in short rounds. */
  readonly quick: boolean;
  /** The memory scenario takes five minutes. */
  readonly long: boolean;
  readonly tuneBaseline: boolean;
  readonly help: boolean;
  /** Scenarios whose names have this text, whatever its case. */
  readonly only: string | undefined;
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Old reservations, and as many movements, of the scenarios with large tables. */
  readonly rows: number;
}

/** A sentence for whoever typed it. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

export const USAGE = `npm run bench -- [options]
  --quick           a part of the scenarios with short measurements: under 90 s
  --only <text>     only scenarios whose name has this text
  --rounds <n>      rounds of each side, 1 to 20 (default 3)
  --seconds <n>     length of a measurement, 1 to 60 (default 2; 1 with --quick)
  --rows <n>        old reservations of the large tables, 1000 to 20000000 (default 5000000)
  --long            the memory scenario takes five minutes
  --tune-baseline   measures the baseline with pools of several sizes, and nothing else
  --help            this text`;

const LIMITS = { rounds: [1, 20], seconds: [1, 60], rows: [1_000, 20_000_000] } as const;
/** V8 and the pools have settled in about so long; with `--quick` they have not, quite. */
const WARM_UP_SECONDS = { usual: 3, quick: 1 } as const;

/** @throws ArgumentError naming what is wrong */
export function parseArguments(args: readonly string[]): Options {
  const values = read(args);
  const quick = values.quick ?? false;
  return {
    quick,
    long: values.long ?? false,
    tuneBaseline: values['tune-baseline'] ?? false,
    help: values.help ?? false,
    only: values.only,
    rounds: whole('rounds', values.rounds) ?? 3,
    seconds: whole('seconds', values.seconds) ?? (quick ? 1 : 2),
    warmUpSeconds: quick ? WARM_UP_SECONDS.quick : WARM_UP_SECONDS.usual,
    rows: whole('rows', values.rows) ?? 5_000_000,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        long: { type: 'boolean' },
        'tune-baseline': { type: 'boolean' },
        help: { type: 'boolean' },
        only: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        rows: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function whole(name: keyof typeof LIMITS, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [min, max] = LIMITS[name];
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new ArgumentError(`--${name} takes a whole number from ${min} to ${max}, not ${text}`);
  return value;
}
