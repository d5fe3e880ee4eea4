import { DomainError } from '../../src/domain/errors.js';
import { range } from '../support/stock.js';
import { batches } from './batches.js';

describe('a group commit', () => {
  it('starts a lone command at once, alone', () => {
    const lanes = batches();
    void lanes.submit('a');
    expect(lanes.commands).toEqual([['a']]);
    expect(lanes.groupCommit.depth).toBe(0);
  });

  it('takes all that gathered meanwhile into the next batch, and answers each with its own outcome', async () => {
    const lanes = batches();
    const answers = ['a', 'b', 'c', 'd'].map((command) => lanes.submit(command));
    expect(lanes.groupCommit.depth).toBe(3);
    await lanes.commitAll();
    expect(lanes.commands).toEqual([['a'], ['b', 'c', 'd']]);
    expect(await Promise.all(answers)).toEqual(['done a', 'done b', 'done c', 'done d']);
  });

  it('answers nobody before the batch is committed', async () => {
    const lanes = batches();
    let answered = false;
    const answer = lanes.submit('a').finally(() => (answered = true));
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    await lanes.batch(0).commit();
    expect(await answer).toBe('done a');
  });

  it('runs one batch of a product at a time, of batchMax commands at most', async () => {
    const lanes = batches({ batchMax: 2 });
    const answers = ['a', 'b', 'c', 'd', 'e', 'f'].map((command) => lanes.submit(command));
    expect(lanes.commands).toEqual([['a']]);
    await lanes.commitAll();
    expect(lanes.commands).toEqual([['a'], ['b', 'c'], ['d', 'e'], ['f']]);
    expect(await Promise.all(answers)).toContain('done f');
  });

  it('makes two even groups of many clients that ask again once they are answered', async () => {
    const lanes = batches();
    const askAgain = async (command: string): Promise<void> => {
      while (lanes.started.length < 12) await lanes.submit(command);
    };
    const clients = range(1, 64).map((n) => askAgain(`c${n}`));
    for (let n = 0; n < 12; n++) {
      await lanes.batch(n).commit();
      await new Promise(setImmediate);
    }
    await lanes.commitAll();
    await Promise.all(clients);
    const sizes = lanes.commands.map(({ length }) => length);
    expect(sizes.slice(0, 12)).toEqual([1, ...range(1, 11).map(() => 32)]);
  });

  it('leaves none of many behind that have nobody to come back', async () => {
    const lanes = batches({ transactionsMax: 1 });
    void lanes.submit('other', { productId: 2 });
    const answers = range(1, 40).map((n) => lanes.submit(`c${n}`));
    await lanes.commitAll();
    expect(lanes.commands.map(({ length }) => length)).toEqual([1, 40]);
    expect(await Promise.all(answers)).toContain('done c40');
  });

  it('gives the next batch a turn of the event loop before it answers the last', async () => {
    const lanes = batches();
    let answered = false;
    void lanes.submit('a').then(() => (answered = true));
    void lanes.submit('b');
    const turn = lanes.batch(0).commit();
    // What a driver does before it writes to its socket.
    for (let n = 0; n < 50; n++) await Promise.resolve();
    expect([lanes.started.length, answered]).toEqual([2, false]);
    await turn;
    await new Promise(setImmediate);
    expect(answered).toBe(true);
    await lanes.batch(1).commit();
  });

  it('starts a product anew after its queue has run empty', async () => {
    const lanes = batches();
    for (const command of ['a', 'b']) {
      const answer = lanes.submit(command);
      await lanes.commitAll();
      expect(await answer).toBe(`done ${command}`);
    }
  });
});

describe('room', () => {
  const OVERLOADED = 'failed: overloaded';

  it('is for depthMax waiting commands of a product; those that run are not counted', async () => {
    const lanes = batches({ depthMax: 2 });
    const answers = ['a', 'b', 'c', 'd'].map((command) => lanes.submit(command));
    expect(await answers[3]).toBe(OVERLOADED);
    void lanes.submit('other', { productId: 2 });
    await lanes.commitAll();
    expect(await Promise.all(answers)).toEqual(['done a', 'done b', 'done c', OVERLOADED]);
  });

  it('is there again once commands have started', async () => {
    const lanes = batches({ depthMax: 1 });
    void lanes.submit('a');
    void lanes.submit('b');
    expect(await lanes.submit('c')).toBe(OVERLOADED);
    await lanes.batch(0).commit();
    const later = lanes.submit('d');
    await lanes.commitAll();
    expect(await later).toBe('done d');
  });

  it('is for ownerDepthMax commands of one owner, and the others have theirs', async () => {
    const lanes = batches({ ownerDepthMax: 2 });
    const answers = ['a', 'b', 'c', 'd'].map((command) => lanes.submit(command));
    const other = lanes.submit('x', { owner: 'partner-b' });
    expect(await answers[3]).toBe(OVERLOADED);
    await lanes.commitAll();
    expect(await other).toBe('done x');
    const later = lanes.submit('e');
    await lanes.commitAll();
    expect(await later).toBe('done e');
  });

  it('is always there for work that keeps a promise, and that takes none of the others’', async () => {
    const lanes = batches({ depthMax: 1, ownerDepthMax: 1 });
    const always = true;
    const answers = [
      lanes.submit('a'),
      lanes.submit('expire', { always }),
      lanes.submit('cancel', { always }),
      lanes.submit('b'),
      lanes.submit('c'),
      lanes.submit('activate', { always }),
    ];
    await lanes.commitAll();
    expect(lanes.commands).toEqual([['a'], ['expire', 'cancel', 'b', 'activate']]);
    expect(await answers[4]).toBe(OVERLOADED);
  });
});

describe('waiting', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
  afterEach(() => jest.useRealTimers());

  it('ends after waitMaxMs for what has not started, never for what has', async () => {
    const lanes = batches({ waitMaxMs: 800 });
    const running = lanes.submit('running');
    const waiting = lanes.submit('waiting');
    const promised = lanes.submit('promised', { always: true });
    jest.advanceTimersByTime(900);
    expect(await waiting).toBe('failed: overloaded');
    expect(await promised).toBe('failed: overloaded');
    jest.advanceTimersByTime(60_000);
    await lanes.commitAll();
    expect(await running).toBe('done running');
    expect(lanes.commands).toEqual([['running']]);
  });

  it('is measured from each command’s own arrival', async () => {
    const lanes = batches({ waitMaxMs: 800 });
    void lanes.submit('running');
    const early = lanes.submit('early');
    jest.advanceTimersByTime(500);
    const late = lanes.submit('late');
    jest.advanceTimersByTime(400);
    expect(await early).toBe('failed: overloaded');
    await lanes.commitAll();
    expect(await late).toBe('done late');
  });

  it('that came to nothing gives its room back and holds up no lane', async () => {
    const lanes = batches({ transactionsMax: 1, depthMax: 1, ownerDepthMax: 1, waitMaxMs: 800 });
    void lanes.submit('running');
    void lanes.submit('dropped');
    void lanes.submit('dropped', { productId: 2 });
    jest.advanceTimersByTime(900);
    const answers = [lanes.submit('b'), lanes.submit('b', { productId: 2 }), lanes.submit('b', { productId: 3 })];
    await lanes.commitAll();
    expect(await Promise.all(answers)).toEqual(['done b', 'done b', 'done b']);
    expect(lanes.commands.flat()).not.toContain('dropped');
  });
});

describe('a batch that fails', () => {
  const refused = new DomainError({ code: 'unavailable', detail: 'The database did not take the change.' });

  it('reruns one by one, so that only the culprit fails', async () => {
    const lanes = batches();
    const answers = ['a', 'b', 'culprit', 'd'].map((command) => lanes.submit(command));
    await lanes.batch(0).commit();
    await lanes.batch(1).fail(new Error('data too long'));
    await lanes.batch(2).commit();
    await lanes.batch(3).fail(new Error('data too long'));
    await lanes.commitAll();
    expect(lanes.commands).toEqual([['a'], ['b', 'culprit', 'd'], ['b'], ['culprit'], ['d']]);
    expect(await Promise.all(answers)).toEqual(['done a', 'done b', 'failed: data too long', 'done d']);
  });

  it('is not rerun for one command', async () => {
    const lanes = batches();
    const answer = lanes.submit('a');
    await lanes.batch(0).fail(new Error('broken'));
    expect(await answer).toBe('failed: broken');
    expect(lanes.started).toHaveLength(1);
  });

  it('fails whole when the answer is already one for the client', async () => {
    const lanes = batches();
    const answers = ['a', 'b', 'c'].map((command) => lanes.submit(command));
    await lanes.batch(0).commit();
    await lanes.batch(1).fail(refused);
    expect(await Promise.all(answers)).toEqual(['done a', 'failed: unavailable', 'failed: unavailable']);
    expect(lanes.started).toHaveLength(2);
  });

  it('holds the product’s next batch back until the last rerun has ended', async () => {
    const lanes = batches();
    for (const command of ['a', 'b', 'c']) void lanes.submit(command);
    await lanes.batch(0).commit();
    await lanes.batch(1).fail(new Error('broken'));
    void lanes.submit('later');
    await lanes.batch(2).commit();
    expect(lanes.commands.slice(2)).toEqual([['b'], ['c']]);
    await lanes.batch(3).commit();
    expect(lanes.commands.slice(4)).toEqual([['later']]);
  });

  it('stops rerunning once the database is away: the rest is told at once', async () => {
    const lanes = batches();
    const answers = ['a', 'b', 'c', 'd'].map((command) => lanes.submit(command));
    await lanes.batch(0).commit();
    await lanes.batch(1).fail(new Error('broken'));
    await lanes.batch(2).fail(refused);
    await lanes.commitAll();
    expect(lanes.commands).toEqual([['a'], ['b', 'c', 'd'], ['b']]);
    const [, b, ...rest] = await Promise.all(answers);
    expect(b).toBe('failed: unavailable');
    for (const answer of rest) expect(answer).toMatch(/^failed: (unavailable|overloaded)$/); // nothing of theirs was applied
  });
});
