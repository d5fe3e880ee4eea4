import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { demoDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/wait.js';

/** A primary of Node's cluster, as process managers have one, that ends as its one worker ends. */
const PRIMARY = `
  const cluster = require('node:cluster');
  cluster.setupPrimary({ exec: process.argv[1], execArgv: [] });
  const worker = cluster.fork();
  worker.on('exit', (code) => process.exit(code));
  process.on('SIGTERM', () => worker.process.kill('SIGTERM'));
`;
const MAIN = join(__dirname, '..', '..', 'dist', 'src', 'main.js');

let database: TestDatabase;
beforeAll(async () => {
  database = await demoDatabase();
});
afterAll(async () => {
  await database.drop();
});

function startPrimary(settings: Readonly<Record<string, string>>) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, ['-e', PRIMARY, MAIN], {
    env: { PATH, HOME, PORT: '0', DATABASE_URL: database.url, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'exit');
  // Without its primary a worker ends by itself.
  const late = setTimeout(() => child.kill('SIGKILL'), 25_000);
  void ended.then(() => {
    clearTimeout(late);
  });
  return { child, ended, output: () => output };
}

it('a worker of a cluster ends when it is told to, for all the channel to its primary', async () => {
  const { child, ended, output } = startPrimary({});
  await eventually('it is ready', () => output().includes('ready on'), 20_000);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(output()).toContain('allotment: stopped');
});

it('and when it can’t start, with the code that says so', async () => {
  const { ended, output } = startPrimary({ HOLD_TTL_SECONDS: 'long' });
  expect(await ended).toEqual([1, null]);
  expect(output()).toContain('HOLD_TTL_SECONDS');
});
