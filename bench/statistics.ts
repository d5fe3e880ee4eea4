/** What a value has to reach: `least` or `most` decides, `aim` is wished for. */
export type Bound = { readonly least: number; readonly aim: number } | { readonly most: number; readonly aim: number };

export interface Verdict {
  readonly enough: boolean;
  readonly aimReached: boolean;
}

/** @throws Error for no values at all */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length / 2;
  const upper = at(sorted, Math.floor(middle));
  return Number.isInteger(middle) ? (at(sorted, middle - 1) + upper) / 2 : upper;
}

/**
 * The smallest value that at least so many percent of the values do not exceed.
 *
 * @throws Error for no values at all
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = ascending(values);
  return at(sorted, Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1));
}

/** Of each pair, taken in the same round, so that what slows a round slows both. */
export function medianRatio(left: readonly number[], right: readonly number[]): number {
  if (left.length !== right.length) throw new Error(`${left.length} rounds against ${right.length}`);
  return median(left.map((value, n) => value / at(right, n)));
}

/** Growth per step of evenly spaced values, by least squares. @throws Error for fewer than two values */
export function slope(values: readonly number[]): number {
  if (values.length < 2) throw new Error('a slope takes two values');
  const meanX = (values.length - 1) / 2;
  const meanY = values.reduce((sum, y) => sum + y, 0) / values.length;
  const shared = values.reduce((sum, y, x) => sum + (x - meanX) * (y - meanY), 0);
  return shared / values.reduce((sum, _, x) => sum + (x - meanX) ** 2, 0);
}

export function judge(value: number, bound: Bound): Verdict {
  return 'least' in bound
    ? { enough: value >= bound.least, aimReached: value >= bound.aim }
    : { enough: value <= bound.most, aimReached: value <= bound.aim };
}

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

function at(values: readonly number[], n: number): number {
  const value = values[n];
  if (value === undefined) throw new Error('there is no value');
  return value;
}
