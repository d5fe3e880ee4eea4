import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The log of a process of its own, at standard output. */

const LOG = join(__dirname, '../../dist/src/observability/log.js');

/** @returns the chunks that arrived, and how it ended */
async function run(script: string): Promise<{ chunks: string[]; code: number | null }> {
  const child = spawn(
    process.execPath,
    ['-e', `const log = require(${JSON.stringify(LOG)}).createLog({ logLevel: 'info', logPretty: false }); ${script}`],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const chunks: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { chunks, code };
}

const linesIn = (chunks: readonly string[]): { msg: string }[] =>
  chunks
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { msg: string });

describe('the log', () => {
  // More lines than are gathered, and fewer: when a process is told to exit, nothing waits for a write that is under way.
  it.each([
    ['ends by itself', 300, ''],
    ['ends by itself', 3, ''],
    ['is told to exit', 3, 'process.exit(0);'],
    ['logs as it exits', 300, `process.on('exit', () => log.info('last'));`],
    ['waits for something else', 300, 'setTimeout(() => undefined, 300);'],
  ])('is complete and in order when its process %s after %d lines', async (_, count, ends) => {
    const { chunks, code } = await run(`for (let n = 0; n < ${count}; n++) log.info({ n }, 'line'); ${ends}`);
    expect(code).toBe(0);
    const lines = linesIn(chunks).filter(({ msg }) => msg === 'line');
    expect(lines).toEqual(
      Array.from({ length: count }, (__, n): unknown => expect.objectContaining({ n, level: 'info' })),
    );
  });

  it('has the lines up to an error that ends the process', async () => {
    const { chunks, code } = await run(`log.info('before'); setTimeout(() => { throw undefined; }, 5);`);
    expect(code).not.toBe(0);
    expect(linesIn(chunks)).toEqual([expect.objectContaining({ msg: 'before' })]);
  });

  it('is written soon, in few writes', async () => {
    const { chunks } = await run(`
      for (let n = 0; n < 10; n++) log.info('a line');
      const started = performance.now();
      setTimeout(() => log.info({ waited: performance.now() - started }, 'later'), 1_000);
    `);
    expect(linesIn(chunks)).toHaveLength(11);
    // The first ten did not wait for the last one.
    expect(linesIn(chunks.slice(0, 1))).toHaveLength(10);
  });
});
