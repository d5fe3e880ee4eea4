import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { freePort } from '../../db/embedded/launch.js';
import { Api } from '../support/api.js';
import { PARTNER_A } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/wait.js';

/** The bench isn't run by `npm test`; what it holds the service against has to start all the same. */

let database: TestDatabase;
beforeAll(async () => {
  database = await demoDatabase();
});
afterAll(() => database.drop());

it.each([
  ['baseline/main.js', '/api/ota/reserve'],
  ['noop/main.js', '/bench/noop'],
])('bench/%s gets ready and answers', async (script, path) => {
  const port = await freePort(0);
  if (port === undefined) throw new Error('no port is free for it');
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [join(__dirname, '..', '..', 'dist', 'bench', script)], {
    env: { PATH, HOME, PORT: String(port), DATABASE_URL: database.url, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  try {
    const api = new Api(`http://127.0.0.1:${port}`);
    await eventually('it is ready', async () => {
      if (child.exitCode !== null) throw new Error(complaint);
      return (await api.send('/health/ready').catch(() => undefined))?.status === 200;
    });
    const { status } = await api.send(path, {
      method: 'POST',
      headers: { 'x-api-key': PARTNER_A, 'content-type': 'application/json' },
      body: JSON.stringify({ product_id: 106, quantity: 1 }),
    });
    expect(status).toBe(201);
  } finally {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }
});
