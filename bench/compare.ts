import type { LoadResult } from './load/job.js';
import type { Check, Comparison, Finding, Measured, Outcome } from './scenario.js';
import { type Bench, Side, type SideName } from './sides.js';
import { median, medianRatio } from './statistics.js';

/** Measures the sides in turns (A B A B …), after a warm-up of each, and holds them against each other. */
export async function compare(bench: Bench, scenario: Comparison): Promise<Outcome> {
  const { rounds, seconds, warmUpSeconds } = bench.options;
  const names = scenario.sides.filter((name) => name !== undefined);
  const sides = await Promise.all(names.map((name) => Side.open(bench, name)));
  const results = new Map<Side, LoadResult[]>();
  const faults: string[] = [];
  for (const side of sides) await side.warmUp({ ...scenario, seconds: warmUpSeconds });
  for (let round = 1; round <= rounds; round++) {
    for (const side of sides) {
      const result = await side.measure({ ...scenario, seconds });
      results.set(side, [...(results.get(side) ?? []), result]);
      bench.say(`  round ${round} of ${rounds}, ${told({ side: side.name, ...result })}`);
    }
  }
  for (const side of sides) faults.push(...(await side.close()));
  const measured = sides.map((side) => results.get(side) ?? []);
  return {
    measured: sides.map((side, n) => medians(side.name, measured[n] ?? [])),
    findings: scenario.checks.map((check) => finding(check, names, measured)),
    faults,
  };
}

export function medians(side: string, results: readonly LoadResult[]): Measured {
  const of = (metric: Check['of']): number => median(results.map((result) => result[metric]));
  return { side, throughput: of('throughput'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms') };
}

const METRICS = {
  throughput: { name: 'throughput', unit: '/s' },
  p50Ms: { name: 'median latency', unit: ' ms' },
  p99Ms: { name: 'p99', unit: ' ms' },
} as const;

function finding(check: Check, sides: readonly SideName[], results: readonly (readonly LoadResult[])[]): Finding {
  const { of, ...bound } = check;
  const [left = [], right] = results.map((ofSide) => ofSide.map((result) => result[of]));
  const { name, unit } = METRICS[of];
  return right
    ? { what: `${name}, ${sides.join(' : ')}`, value: medianRatio(left, right), unit: ' ×', bound }
    : { what: name, value: median(left), unit, bound };
}

export const told = ({ side, throughput, p50Ms, p99Ms }: Measured): string =>
  `${side.padEnd(15)} ${throughput.toFixed(0).padStart(6)}/s   p50 ${p50Ms.toFixed(2).padStart(8)} ms   p99 ${p99Ms.toFixed(2).padStart(8)} ms`;
