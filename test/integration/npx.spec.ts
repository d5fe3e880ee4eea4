import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run } from '../support/cli.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';

jest.setTimeout(120_000);

const ROOT = join(__dirname, '..', '..');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

const home = mkdtempSync(join(tmpdir(), 'allotment-npx-'));
let database: TestDatabase;
beforeAll(async () => {
  database = await demoDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

/** Of a user who has never run npm, without a network. */
const settings = (): Record<string, string> => ({
  HOME: home,
  npm_config_offline: 'true',
  npm_config_update_notifier: 'false',
  DATABASE_URL: database.url,
});

describe('npx allotment', () => {
  it.each(['.', 'src/cli'])('runs this package from its folder %s', async (folder) => {
    expect(await run('npx', ['allotment', '--version'], settings(), join(ROOT, folder))).toEqual({
      code: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  });

  it('passes arguments, answers and exit codes on', async () => {
    const told = await run('npx', ['allotment', 'show', '106', '--json'], settings(), ROOT);
    expect({ ...told, stdout: JSON.parse(told.stdout) as unknown }).toMatchObject({
      code: 0,
      stdout: { product_id: 106, sellable_cap: 5000 },
      stderr: '',
    });
    expect(await run('npx', ['allotment', 'show', '1'], settings(), ROOT)).toMatchObject({ code: 1, stdout: '' });
    expect(await run('npx', ['allotment', 'show'], settings(), ROOT)).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('the link of the image', () => {
  it('runs the same from anywhere', async () => {
    const link = join(home, 'allotment');
    symlinkSync(join(ROOT, 'scripts', 'allotment.mjs'), link);
    expect(await run(link, ['--version'], {}, home)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
