import { setTimeout as sleep } from 'node:timers/promises';

import { batches } from './batches.js';

describe('transactions', () => {
  const productIds = (lanes: ReturnType<typeof batches>) => lanes.started.map((batch) => batch.productIds);

  it('of many products are two at once; the next one takes all products that wait', async () => {
    const lanes = batches();
    const answers = [1, 2, 3, 4, 5].map((productId) => lanes.submit(`a${productId}`, { productId }));
    void lanes.submit('b4', { productId: 4 });
    expect(productIds(lanes)).toEqual([[1], [2]]);
    await lanes.batch(1).commit();
    expect(productIds(lanes)).toEqual([[1], [2], [3, 4, 5]]);
    expect(lanes.batch(2)).toMatchObject({ commands: ['a3', 'a4', 'b4', 'a5'], mayWait: false });
    await lanes.commitAll();
    expect(await Promise.all(answers)).toEqual(['done a1', 'done a2', 'done a3', 'done a4', 'done a5']);
  });

  it('have batchMax commands at most, and what of a product is left goes behind the others', async () => {
    const lanes = batches({ transactionsMax: 1, batchMax: 3 });
    void lanes.submit('first', { productId: 9 });
    for (const command of ['a', 'b', 'c', 'd']) void lanes.submit(command, { productId: 1 });
    for (const productId of [2, 3]) void lanes.submit('x', { productId });
    await lanes.commitAll();
    expect(productIds(lanes)).toEqual([[9], [1], [2, 3, 1]]);
    expect(lanes.commands.slice(1)).toEqual([
      ['a', 'b', 'c'],
      ['x', 'x', 'd'],
    ]);
  });

  it('that leave out a taken row start nothing of it: it gets one of its own, which may wait, beside the others', async () => {
    const lanes = batches({ transactionsMax: 3 });
    void lanes.submit('a', { productId: 1 });
    void lanes.submit('a', { productId: 2 });
    const late = lanes.submit('late', { productId: 3 });
    const other = lanes.submit('other', { productId: 4 });
    await lanes.batch(0).commit();
    await lanes.batch(2).commit({ taken: [3] });
    expect(await other).toBe('done other');
    expect(lanes.batch(3)).toMatchObject({ productIds: [3], commands: ['late'], mayWait: true });
    void lanes.submit('more', { productId: 4 });
    expect(lanes.batch(4)).toMatchObject({ productIds: [4], mayWait: false });
    await lanes.commitAll();
    expect(await late).toBe('done late');
  });

  it('keep the order of a product whose row was taken', async () => {
    const lanes = batches();
    void lanes.submit('a');
    void lanes.submit('b');
    await lanes.batch(0).commit({ taken: [1] });
    expect(lanes.batch(1).commands).toEqual(['a', 'b']);
    await lanes.commitAll();
  });

  it('go on alone on a product until its row was free three times in a row', async () => {
    const lanes = batches();
    void lanes.submit('a');
    await lanes.batch(0).commit({ taken: [1] });
    await lanes.batch(1).commit({ contendedMs: 2 });
    for (const contendedMs of [0, 0, 2, 0, 0, 0, 0]) {
      void lanes.submit('b');
      await lanes.batch(lanes.started.length - 1).commit({ contendedMs });
    }
    const [first, ...others] = lanes.started.map(({ mayWait }) => mayWait);
    expect(first).toBe(false);
    expect(others).toEqual([...Array<boolean>(7).fill(true), false]);
  });

  it('remember for a while that a row had to be waited for, when nothing waits any more', async () => {
    const lanes = batches({ waitMaxMs: 400 });
    const inTurn = async (how: { readonly taken?: readonly number[]; readonly contendedMs?: number } = {}) => {
      const started = lanes.started.length;
      void lanes.submit('x');
      await lanes.batch(started).commit(how);
      if (how.taken) await lanes.batch(started + 1).commit({ contendedMs: 2 });
      return lanes.batch(started).mayWait;
    };
    expect(await inTurn({ taken: [1] })).toBe(false);
    expect(await inTurn({ contendedMs: 2 })).toBe(true);
    // Lanes are looked over eight times within waitMaxMs.
    await sleep(200);
    expect(await inTurn()).toBe(false);
  });

  it('that may wait leave connections to those that don’t', async () => {
    const lanes = batches({ transactionsMax: 4 });
    for (const productId of [1, 2, 3, 4]) void lanes.submit('long', { productId, long: true });
    expect(productIds(lanes)).toEqual([[1], [2]]);
    expect(lanes.batch(0).mayWait).toBe(true);
    for (const productId of [5, 6]) void lanes.submit('x', { productId });
    expect(productIds(lanes).slice(2)).toEqual([[5], [6]]);
    await lanes.commitAll();
    expect(productIds(lanes).slice(4)).toEqual([[3], [4]]);
  });

  it('of both kinds run on a single connection, too', async () => {
    const lanes = batches({ transactionsMax: 1 });
    const answers = [
      lanes.submit('a', { productId: 1 }),
      lanes.submit('long', { productId: 2, long: true }),
      lanes.submit('b', { productId: 3 }),
    ];
    await lanes.commitAll();
    expect(await Promise.all(answers)).toEqual(['done a', 'done long', 'done b']);
    expect(productIds(lanes)).toEqual([[1], [3], [2]]);
  });

  it('leave no command behind, however they end', async () => {
    const lanes = batches({ transactionsMax: 3, batchMax: 3 });
    const answers: Promise<string>[] = [];
    for (let round = 0; round < 5; round++) {
      for (let productId = 1; productId <= 7; productId++) {
        for (const name of ['a', 'b']) {
          answers.push(lanes.submit(`${productId}${name}${round}`, { productId, long: name === 'b' && round === 3 }));
        }
      }
      for (const batch of lanes.started.slice(-2)) {
        if (round % 2) await batch.fail(new Error('broken'));
        else await batch.commit(batch.mayWait ? {} : { taken: batch.productIds.slice(-1) });
      }
    }
    await lanes.commitAll();
    expect(lanes.groupCommit.depth).toBe(0);
    const settled = await Promise.all(answers);
    expect(settled).toHaveLength(70);
    for (const answer of settled) expect(answer).toMatch(/^(done \d[ab]\d|failed: broken)$/);
  });
});
