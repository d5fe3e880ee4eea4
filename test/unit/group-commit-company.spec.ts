import { batches } from './batches.js';

/** Of a product whose row another instance has. */

const LONG_MS = 1_000;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Lanes that have found the row taken, with so many commands in their transaction. */
async function contended(...commands: string[]) {
  const lanes = batches();
  for (const command of commands) void lanes.submit(command);
  await lanes.batch(0).commit({ taken: [1] });
  return lanes;
}

it('waits for all that the last transaction answered', async () => {
  const lanes = await contended('a');
  for (const command of ['b', 'c']) void lanes.submit(command);
  await lanes.batch(1).commit({ contendedMs: 2 }); // a; b and c waited meanwhile
  void lanes.submit('d');
  expect(lanes.commands.slice(1)).toEqual([['a'], ['b', 'c', 'd']]);
  expect(lanes.batch(2).mayWait).toBe(true);
});

it('does not wait long for those that do not come back', async () => {
  const lanes = await contended('a');
  for (const command of ['b', 'c']) void lanes.submit(command);
  await lanes.batch(1).commit({ contendedMs: 2 });
  expect(lanes.started).toHaveLength(2);
  jest.advanceTimersByTime(LONG_MS);
  expect(lanes.commands.slice(1)).toEqual([['a'], ['b', 'c']]);
  await lanes.batch(2).commit({ contendedMs: 2 });
  // Nor for the one that did not come: those of the last transaction alone.
  for (const command of ['d', 'e']) void lanes.submit(command);
  expect(lanes.commands.slice(3)).toEqual([['d', 'e']]);
});

it.each([
  { contendedMs: 1, gathersMs: 8 },
  { contendedMs: 5_000, gathersMs: 40 },
])(
  'waits for company according to how long it waited for the row: $contendedMs ms',
  async ({ contendedMs, gathersMs }) => {
    const lanes = await contended('a');
    for (const command of ['b', 'c']) void lanes.submit(command);
    await lanes.batch(1).commit({ contendedMs });
    jest.advanceTimersByTime(gathersMs - 1);
    expect(lanes.started).toHaveLength(2);
    jest.advanceTimersByTime(1);
    expect(lanes.commands.slice(2)).toEqual([['b', 'c']]);
  },
);

it('stays in line as long again for a row that it found taken anew', async () => {
  const lanes = await contended('a');
  /** One more comes meanwhile, so that somebody always waits. @returns whether the next transaction waits for the row */
  const inTurn = async (how: { readonly taken?: readonly number[]; readonly contendedMs?: number } = {}) => {
    void lanes.submit('b');
    await lanes.batch(lanes.started.length - 1).commit(how);
    jest.advanceTimersByTime(LONG_MS);
    return lanes.batch(lanes.started.length - 1).mayWait;
  };
  expect(await inTurn({ contendedMs: 1 })).toBe(true);
  for (const waits of [true, true, false]) expect(await inTurn()).toBe(waits);
  expect(await inTurn({ taken: [1] })).toBe(true);
  for (const waits of [true, true, false]) expect(await inTurn()).toBe(waits);
});

it('never has one client wait for company', async () => {
  const lanes = await contended('a');
  await lanes.batch(1).commit({ contendedMs: 2 });
  for (const command of ['b', 'c']) {
    void lanes.submit(command);
    expect(lanes.commands.at(-1)).toEqual([command]);
    await lanes.batch(lanes.started.length - 1).commit({ contendedMs: 2 });
  }
});

it('goes at once when nobody else has the row', async () => {
  const lanes = batches();
  for (const command of ['a', 'b', 'c']) void lanes.submit(command);
  await lanes.batch(0).commit();
  expect(lanes.commands).toEqual([['a'], ['b', 'c']]);
  await lanes.batch(1).commit();
  void lanes.submit('d');
  expect(lanes.commands).toEqual([['a'], ['b', 'c'], ['d']]);
});

it('goes at once to wait for a row that it found taken', async () => {
  const lanes = batches();
  for (const command of ['a', 'b']) void lanes.submit(command);
  await lanes.batch(0).commit();
  await lanes.batch(1).commit({ taken: [1] });
  expect(lanes.commands).toEqual([['a'], ['b'], ['b']]);
});

it('keeps those that wait for company in the queue, and drops none that has waited too long in silence', async () => {
  const lanes = batches({ waitMaxMs: 8 });
  void lanes.submit('a');
  await lanes.batch(0).commit({ taken: [1] });
  const late = ['b', 'c'].map((command) => lanes.submit(command));
  jest.advanceTimersByTime(3);
  await lanes.batch(1).commit({ contendedMs: 2 });
  expect(lanes.groupCommit.depth).toBe(2);
  jest.advanceTimersByTime(LONG_MS);
  expect(await Promise.all(late)).toEqual(['failed: overloaded', 'failed: overloaded']);
  expect(lanes.groupCommit.depth).toBe(0);
  const answer = lanes.submit('d');
  await lanes.batch(lanes.started.length - 1).commit();
  expect(await answer).toBe('done d');
});
