import { sharedReads } from '../../src/database/shared-reads.js';

/** A database whose answers wait until they are let go, and a record of what it was asked. */
function slowDatabase() {
  const asked: string[][] = [];
  const waiting: { answer: (value: number) => void; fail: (error: Error) => void }[] = [];
  const reads = sharedReads(async (keys: readonly string[]) => {
    asked.push([...keys]);
    const value = await new Promise<number>((resolve, reject) => {
      waiting.push({ answer: resolve, fail: reject });
    });
    return new Map(keys.filter((key) => key !== 'nothing').map((key) => [key, `${key} ${value}`]));
  });
  return { reads, asked, next: () => waiting.shift() };
}

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('sharedReads', () => {
  it('asks once for what is asked for together, each key once', async () => {
    const { reads, asked, next } = slowDatabase();
    const loads = ['a', 'b', 'a', 'nothing'].map((key) => reads.load(key));
    await tick();
    next()?.answer(1);
    expect(await Promise.all(loads)).toEqual(['a 1', 'b 1', 'a 1', undefined]);
    expect(asked).toEqual([['a', 'b', 'nothing']]);
  });

  it('never answers with what was read before it was asked', async () => {
    const { reads, asked, next } = slowDatabase();
    const early = reads.load('a');
    await tick();
    const late = [reads.load('a'), reads.load('b')];
    await tick();
    expect(asked).toEqual([['a']]); // one at a time
    next()?.answer(1);
    expect(await early).toBe('a 1');
    await tick();
    next()?.answer(2);
    expect(await Promise.all(late)).toEqual(['a 2', 'b 2']);
    expect(asked).toEqual([['a'], ['a', 'b']]);
  });

  it('keeps nothing', async () => {
    const { reads, asked, next } = slowDatabase();
    for (const value of [1, 2]) {
      const load = reads.load('a');
      await tick();
      next()?.answer(value);
      expect(await load).toBe(`a ${value}`);
    }
    expect(asked).toEqual([['a'], ['a']]);
  });

  it('tells those who shared a failed reading, and goes on with the next', async () => {
    const { reads, next } = slowDatabase();
    const [one, other] = [reads.load('a'), reads.load('b')];
    await tick();
    const later = reads.load('c');
    next()?.fail(new Error('gone'));
    await expect(one).rejects.toThrow('gone');
    await expect(other).rejects.toThrow('gone');
    await tick();
    next()?.answer(3);
    expect(await later).toBe('c 3');
  });
});
