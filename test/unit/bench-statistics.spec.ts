import { judge, median, medianRatio, percentile, slope } from '../../bench/statistics.js';

describe('a median', () => {
  it('is the value in the middle, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4])).toBe(4);
  });

  it('lies between the two in the middle of an even number', () => {
    expect(median([10, 1, 3, 100])).toBe(6.5);
  });

  it('sorts by number, not by text', () => {
    expect(median([100, 9, 20])).toBe(20);
  });

  it('of nothing is no number', () => {
    expect(() => median([])).toThrow('no value');
  });

  it('leaves its values as they were', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);

  it('is the smallest value that so many do not exceed', () => {
    expect(percentile(hundred, 99)).toBe(99);
    expect(percentile(hundred, 50)).toBe(50);
    expect(percentile(hundred, 100)).toBe(100);
    expect(percentile(hundred, 0)).toBe(1);
  });

  it('of a few values is the largest', () => {
    expect(percentile([1, 2, 3], 99)).toBe(3);
  });
});

describe('a ratio', () => {
  it('is the median of those of each round, not the ratio of the medians', () => {
    // 10, 6 and 2; the medians alone would say 300 / 100.
    expect(medianRatio([100, 600, 300], [10, 100, 150])).toBe(6);
  });

  it('takes as many rounds of one side as of the other', () => {
    expect(() => medianRatio([1, 2], [1])).toThrow('2 rounds against 1');
  });
});

describe('a slope', () => {
  it('is the growth per step', () => {
    expect(slope([10, 12, 14, 16])).toBeCloseTo(2);
    expect(slope([5, 5, 5])).toBe(0);
    expect(slope([4, 3])).toBe(-1);
  });

  it('takes two values', () => {
    expect(() => slope([1])).toThrow('two values');
  });
});

describe('a verdict', () => {
  it('of a least is kept by what is as large', () => {
    const bound = { least: 12, aim: 25 };
    expect(judge(11.99, bound)).toEqual({ enough: false, aimReached: false });
    expect(judge(12, bound)).toEqual({ enough: true, aimReached: false });
    expect(judge(25, bound)).toEqual({ enough: true, aimReached: true });
  });

  it('of a most is kept by what is as small', () => {
    const bound = { most: 100, aim: 40 };
    expect(judge(100.1, bound)).toEqual({ enough: false, aimReached: false });
    expect(judge(100, bound)).toEqual({ enough: true, aimReached: false });
    expect(judge(40, bound)).toEqual({ enough: true, aimReached: true });
  });

  it('is never kept by what is no number', () => {
    expect(judge(NaN, { least: 0, aim: 0 }).enough).toBe(false);
    expect(judge(NaN, { most: 9, aim: 9 }).enough).toBe(false);
  });
});
