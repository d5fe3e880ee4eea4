import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { migrate } from '../../src/database/migrations.js';
import { bootApp, type TestApp } from '../support/app.js';
import { run } from '../support/cli.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';

jest.setTimeout(180_000);

const ROOT = join(__dirname, '..', '..');
const [, section = ''] =
  /\n## From nothing to your first partner\n([^]*?)\n## /.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];

interface Step {
  readonly command: string;
  readonly output: string;
}

/** What the blocks show: commands, each with what it says. */
const steps: Step[] = [...section.matchAll(/```console\n([^]*?)```/g)]
  .flatMap(([, block = '']) => block.split(/^\$ /m).slice(1))
  .map((text) => {
    const [command = ''] = text.split('\n', 1);
    return { command, output: text.slice(command.length + 1) };
  });

let database: TestDatabase;
let service: TestApp;
beforeAll(async () => {
  database = await emptyDatabase();
  await migrate(database.url, () => undefined);
  service = await bootApp(database.url);
});
afterAll(async () => {
  await service.close();
  await database.drop();
});

/** Not every machine has jq. */
const LIKE_JQ = 'console.log(JSON.stringify(JSON.parse(fs.readFileSync(0, "utf8")), undefined, 2))';
const KEY = /alk_\w{10}_\w{36}/g;

/** What is new at each run. */
const plain = (text: string): string =>
  text
    .replaceAll(KEY, 'KEY')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/res_[\w-]{36}/g, 'RESERVATION');

describe('"From nothing to your first partner" in README.md', () => {
  it('says what happens', async () => {
    const shownKeys: string[] = [];
    const madeKeys: string[] = [];
    const said: Step[] = [];
    for (const { command, output } of steps) {
      shownKeys.push(...(output.match(KEY) ?? []));
      const now = command
        .replace(/^npx allotment /, `${process.execPath} dist/src/cli.js `)
        .replace('http://localhost:8080', service.api.base)
        .replace(/ jq \.$/, ` ${process.execPath} -e '${LIKE_JQ}'`)
        .replaceAll(KEY, (shown) => madeKeys[shownKeys.indexOf(shown)] ?? shown);
      const { stdout, stderr } = await run('bash', ['-c', now], { DATABASE_URL: database.url }, ROOT);
      madeKeys.push(...(stdout.match(KEY) ?? []));
      said.push({ command, output: plain(stdout + stderr) });
    }
    expect(said).toEqual(steps.map(({ command, output }) => ({ command, output: plain(output) })));
    expect(steps.length).toBeGreaterThan(6);
  });
});
