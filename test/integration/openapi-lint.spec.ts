import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { useDemoService } from '../support/demo-service.js';

const ROOT = join(__dirname, '..', '..');
const REDOCLY = require.resolve('@redocly/cli/bin/cli.js');

interface Report {
  readonly problems: readonly {
    readonly ruleId: string;
    readonly severity: string;
    readonly message: string;
    readonly location: readonly { readonly pointer?: string }[];
  }[];
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'allotment-openapi-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What `redocly lint` complains of in a document, a line each. */
async function lint(document: string): Promise<string[]> {
  const file = join(folder, 'openapi.json');
  writeFileSync(file, document);
  const child = spawn(
    process.execPath,
    [REDOCLY, 'lint', file, '--config', join(ROOT, 'redocly.yaml'), '--format', 'json'],
    {
      // It looks nothing up and reports nothing.
      env: { PATH: process.env['PATH'], REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await once(child, 'close');
  return readReport(output, errors).problems.map(
    ({ severity, ruleId, location, message }) => `${severity} ${ruleId} at ${location[0]?.pointer}: ${message}`,
  );
}

function readReport(output: string, errors: string): Report {
  try {
    return JSON.parse(output) as Report;
  } catch (cause) {
    throw new Error(`redocly did not report:\n${output}\n${errors}`, { cause });
  }
}

describe.each(['on', 'deprecated', 'gone'])('/docs-json under RESERVATION_API=%s', (state) => {
  const demo = useDemoService({ RESERVATION_API: state });

  it('passes redocly lint without an error or a warning', async () => {
    const { text } = await demo.api.send('/docs-json');
    expect(await lint(text)).toEqual([]);
  });
});

describe('the linter', () => {
  const demo = useDemoService();

  it('is at work: it finds an operation without its summary, and an example that is none', async () => {
    const { text } = await demo.api.send('/docs-json');
    const broken = text.replaceAll('"quantity":50', '"quantity":"fifty"').replaceAll('"summary":', '"x-summary":');
    const found = (await lint(broken)).map((line) => line.split(' ', 2).join(' '));
    expect(found).toEqual(expect.arrayContaining(['error no-invalid-media-type-examples', 'error operation-summary']));
  });
});
