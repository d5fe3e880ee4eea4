import { sharedReads } from '../../src/database/shared-reads.js';

/** A database whose answers wait until they are let go, and a record of what it was asked. */
function slowDatabase() {
  const asked: string[][] = [];
  const waiting: { answer: (value: number) => void; fail: (error: Error) => void }[] = [];
  const read = sharedReads((together: readonly string[]) => {
    asked.push([...together]);
    return new Promise<number>((resolve, reject) => {
      waiting.push({ answer: resolve, fail: reject });
    });
  });
  return { read, asked, next: () => waiting.shift() };
}

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('sharedReads', () => {
  it('asks once for what is asked for together', async () => {
    const { read, asked, next } = slowDatabase();
    const answers = ['a', 'b', 'a'].map((what) => read(what));
    await tick();
    next()?.answer(1);
    expect(await Promise.all(answers)).toEqual([1, 1, 1]);
    expect(asked).toEqual([['a', 'b', 'a']]);
  });

  it('never answers with what was read before it was asked', async () => {
    const { read, asked, next } = slowDatabase();
    const early = read('a');
    await tick();
    const late = [read('a'), read('b')];
    await tick();
    expect(asked).toEqual([['a']]); // one at a time
    next()?.answer(1);
    expect(await early).toBe(1);
    await tick();
    next()?.answer(2);
    expect(await Promise.all(late)).toEqual([2, 2]);
    expect(asked).toEqual([['a'], ['a', 'b']]);
  });

  it('keeps nothing', async () => {
    const { read, asked, next } = slowDatabase();
    for (const value of [1, 2]) {
      const answer = read('a');
      await tick();
      next()?.answer(value);
      expect(await answer).toBe(value);
    }
    expect(asked).toEqual([['a'], ['a']]);
  });

  it('tells those who shared a failed reading, and goes on with the next', async () => {
    const { read, next } = slowDatabase();
    const [one, other] = [read('a'), read('b')];
    await tick();
    const later = read('c');
    next()?.fail(new Error('gone'));
    await expect(one).rejects.toThrow('gone');
    await expect(other).rejects.toThrow('gone');
    await tick();
    next()?.answer(3);
    expect(await later).toBe(3);
  });
});
