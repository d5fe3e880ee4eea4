import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import type { Inventory, Problem, Reserved } from '../support/api.js';
import { useDemoService } from '../support/demo-service.js';
import { expectSound } from '../support/soundness.js';

const run = promisify(execFile);

/** The card's section 10 to the letter. */
const SCRIPT = readFileSync(join(__dirname, '..', 'support', 'runbook.sh'), 'utf8');
const CARD_BASE = 'http://localhost:8080';

/** For a machine without jq: the two filters that the script uses. */
const JQ = `#!${process.execPath}
const [filter, raw] = process.argv[2] === '-r' ? [process.argv[3], true] : [process.argv[2], false];
const path = filter.match(/[A-Za-z_]\\w*|"[^"]*"/g).map((name) => name.replaceAll('"', ''));
const value = path.reduce((at, name) => at?.[name], JSON.parse(require('node:fs').readFileSync(0, 'utf8'))) ?? null;
console.log(raw && typeof value === 'string' ? value : JSON.stringify(value));
`;

const demo = useDemoService();
const scratch = mkdtempSync(join(tmpdir(), 'allotment-runbook-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const env = { ...process.env };

beforeAll(async () => {
  await run('jq', ['--version']).catch(() => {
    writeFileSync(join(scratch, 'jq'), JQ);
    chmodSync(join(scratch, 'jq'), 0o755);
    env['PATH'] = `${scratch}${delimiter}${env['PATH'] ?? ''}`;
  });
});

async function bash(script: string): Promise<string> {
  const { stdout } = await run('bash', ['-c', script.replaceAll(CARD_BASE, demo.api.base)], { env });
  return stdout;
}

const MARK = '\n---';
/** Runs one of the card's curls. */
async function curl(command: string): Promise<{ status: number; seconds: number; body: unknown }> {
  const out = await bash(command.replace('curl', `curl -s -w '${MARK}%{http_code} %{time_total}'`));
  const [body = '', numbers = ''] = out.split(MARK);
  const [status, seconds] = numbers.split(' ').map(Number);
  return { status: status ?? 0, seconds: seconds ?? 0, body: JSON.parse(body) as unknown };
}

describe("the card's runbook (section 10), to the letter", () => {
  it.each(['first', 'second'])('prints ticks only, the %s time', async () => {
    const out = await bash(SCRIPT);
    expect(out.match(/^✅ .*$/gm)).toEqual([
      '✅ Inventory correctly decreased by 5',
      '✅ Partner isolation working - both partners see same inventory',
      '✅ Overselling prevention working',
    ]);
    expect(out).not.toContain('❌');
    expect(out).toMatch(/^Reservation created: res_\S+$/m);
    expect(out.trimEnd().endsWith('=== E2E Test Complete ===')).toBe(true);
    await expectSound(demo.database);
  });

  it('works with the stand-in for jq too', async () => {
    const body = '{"available_quantities":{"106":1790},"reservation_id":"res_1"}';
    writeFileSync(join(scratch, 'stand-in'), JQ);
    const { stdout } = await run('bash', [
      '-c',
      `jq() { '${process.execPath}' '${scratch}/stand-in' "$@"; }
       echo '${body}' | jq '.available_quantities["106"]'; echo '${body}' | jq -r '.reservation_id'; echo '{}' | jq '.reservation_id'`,
    ]);
    expect(stdout).toBe('1790\nres_1\nnull\n');
  });
});

describe("the card's single curls (section 9)", () => {
  it('inventory answers 200, quickly, with product 106', async () => {
    const before = await demo.api.available('ota_test_key_12345', 106);
    const { status, seconds, body } = await curl(
      `curl -H "X-API-Key: ota_test_key_12345" ${CARD_BASE}/api/ota/inventory`,
    );
    expect(status).toBe(200);
    expect(seconds).toBeLessThan(2);
    expect((body as Inventory).available_quantities['106']).toBe(before);
  });

  it('a reserve without a Content-Type, as curl -d sends it, answers 201', async () => {
    const { status, body } = await curl(
      `curl -X POST ${CARD_BASE}/api/ota/reserve -H "X-API-Key: ota_test_key_12345" -d '{"product_id":106,"quantity":5}'`,
    );
    expect(status).toBe(201);
    const { reservation_id, expires_at, reserved_until } = body as Reserved;
    expect(reservation_id).toMatch(/^res_/);
    expect(reserved_until).toBe(expires_at);
  });

  it('a real form is 415, and a body that is nearly JSON 400', async () => {
    const post = `curl -X POST ${CARD_BASE}/api/ota/reserve -H "X-API-Key: ota_test_key_12345" -d`;
    const form = await curl(`${post} 'product_id=106&quantity=5'`);
    expect({ status: form.status, code: (form.body as Problem).code }).toEqual({
      status: 415,
      code: 'unsupported_media_type',
    });
    const broken = await curl(`${post} '{"product_id":106,'`);
    expect({ status: broken.status, code: (broken.body as Problem).code }).toEqual({
      status: 400,
      code: 'malformed_request',
    });
  });

  it('an invalid key answers 401, overselling 409', async () => {
    const invalid = await curl(`curl -H "X-API-Key: invalid" ${CARD_BASE}/api/ota/inventory`);
    expect(invalid.status).toBe(401);
    const tooMany = await curl(
      `curl -X POST ${CARD_BASE}/api/ota/reserve -H "X-API-Key: ota_test_key_12345" -d '{"product_id":106,"quantity":1801}'`,
    );
    expect(tooMany.status).toBe(409);
  });
});
