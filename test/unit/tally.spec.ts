import { Counter, Registry } from 'prom-client';

import { Tally } from '../../src/observability/tally.js';

describe('a tally', () => {
  const counted = async (lines: readonly (readonly [channel: string, by: number])[]) => {
    const counter = new Counter({
      name: 'units',
      help: 'Units',
      labelNames: ['channel', 'kind'],
      registers: [new Registry()],
    });
    const told = jest.spyOn(counter, 'inc');
    const tally = new Tally(counter);
    for (const [channel, by] of lines) tally.add({ channel, kind: 'reserved' }, by);
    tally.tell();
    const { values } = await counter.get();
    return { times: told.mock.calls.length, values: values.map(({ labels, value }) => [labels.channel, value]) };
  };

  it('tells a counter once for neighbours with the same labels', async () => {
    expect(
      await counted([
        ['ota', 1],
        ['ota', 2],
        ['ota', 0],
        ['direct', 4],
      ]),
    ).toEqual({
      times: 2,
      values: [
        ['ota', 3],
        ['direct', 4],
      ],
    });
  });

  it('counts the same in any order', async () => {
    expect(
      await counted([
        ['ota', 1],
        ['direct', 4],
        ['ota', 2],
      ]),
    ).toMatchObject({
      values: [
        ['ota', 3],
        ['direct', 4],
      ],
    });
  });

  it('tells nothing when nothing was added, and all else only once', async () => {
    expect(await counted([])).toEqual({ times: 0, values: [] });
  });
});
