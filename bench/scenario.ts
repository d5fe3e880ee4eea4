import type { Asked } from './load/job.js';
import type { Bench, SideName } from './sides.js';
import type { Bound } from './statistics.js';

/** Something that was found out, and what it should be. */
export interface Finding {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** Absent: it is told, not judged. */
  readonly bound?: Bound;
}

/** A side's medians. */
export interface Measured {
  readonly side: string;
  readonly throughput: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Outcome {
  readonly measured: readonly Measured[];
  readonly findings: readonly Finding[];
  /** Answers that weren't expected, and invariants that don't hold: any fails the bench. */
  readonly faults: readonly string[];
}

/** Of two sides the first's value is divided by the second's, of one side it is taken as it is. */
export type Check = Bound & { readonly of: 'throughput' | 'p50Ms' | 'p99Ms' };

/** One load on one or two sides in turns. */
export interface Comparison {
  readonly name: string;
  readonly quick: boolean;
  readonly sides: readonly [SideName, SideName?];
  readonly asks: Asked;
  readonly products: number;
  readonly clients: number;
  readonly checks: readonly Check[];
}

/** Something that takes more than that. */
export interface Special {
  readonly name: string;
  readonly quick: boolean;
  readonly run: (bench: Bench) => Promise<Outcome>;
  /** It has tables that are worth keeping. */
  readonly keeps?: boolean;
}

export type Scenario = Comparison | Special;
