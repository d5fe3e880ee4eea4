import { batches } from './batches.js';

describe('a batch that takes along what came after it began', () => {
  it('answers each with its own outcome', async () => {
    const lanes = batches();
    const answers = ['a', 'b', 'c'].map((command) => lanes.submit(command));
    expect(lanes.batch(0).join()).toEqual(['b', 'c']);
    expect(lanes.groupCommit.depth).toBe(0);
    answers.push(lanes.submit('d'));
    await lanes.commitAll();
    expect(lanes.commands).toEqual([['a', 'b', 'c'], ['d']]);
    expect(await Promise.all(answers)).toEqual(['done a', 'done b', 'done c', 'done d']);
  });

  it('keeps the order: none overtakes one that may not join', async () => {
    const lanes = batches();
    for (const command of ['a', 'b', 'C', 'd']) void lanes.submit(command);
    expect(lanes.batch(0).join()).toEqual(['b']);
    expect(lanes.batch(0).join()).toEqual([]);
    await lanes.commitAll();
    expect(lanes.commands).toEqual([
      ['a', 'b'],
      ['C', 'd'],
    ]);
  });

  it('takes no more than fit into a batch', async () => {
    const lanes = batches({ batchMax: 3 });
    for (const command of ['a', 'b', 'c', 'd']) void lanes.submit(command);
    expect(lanes.batch(0).join()).toEqual(['b', 'c']);
    await lanes.commitAll();
    expect(lanes.commands).toEqual([['a', 'b', 'c'], ['d']]);
  });

  it('makes room in the queue', async () => {
    const lanes = batches({ depthMax: 2, ownerDepthMax: 2 });
    for (const command of ['a', 'b', 'c']) void lanes.submit(command);
    expect(await lanes.submit('x')).toBe('failed: overloaded');
    lanes.batch(0).join();
    const [one, other] = [lanes.submit('d'), lanes.submit('e')];
    await lanes.commitAll();
    expect([await one, await other]).toEqual(['done d', 'done e']);
  });

  it('fails with them, and runs each alone when only one is to blame', async () => {
    const lanes = batches();
    const answers = ['a', 'b'].map((command) => lanes.submit(command));
    lanes.batch(0).join();
    await lanes.batch(0).fail(new Error('odd'));
    await lanes.batch(1).commit();
    await lanes.batch(2).fail(new Error('culprit'));
    expect(await Promise.all(answers)).toEqual(['done a', 'failed: culprit']);
    expect(lanes.commands).toEqual([['a', 'b'], ['a'], ['b']]);
  });
});
