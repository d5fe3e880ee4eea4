import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { run } from '../../db/embedded/run.js';
import { PARTNER_A } from '../support/app.js';
import { FETCH_MAX_MS, promtool } from '../support/debian-tools.js';
import { useDemoService } from '../support/demo-service.js';

jest.setTimeout(FETCH_MAX_MS);

const FOLDER = join(__dirname, '..', '..', 'deploy', 'prometheus');
const RULES = readFileSync(join(FOLDER, 'alerts.yml'), 'utf8');
const ALERTS = [...RULES.matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? '');

const demo = useDemoService();

async function check(...args: string[]): Promise<string> {
  const [command, ...prefix] = await promtool();
  const { code, stdout, stderr } = await run(command, [...prefix, ...args], { cwd: FOLDER });
  if (code !== 0) throw new Error(stdout + stderr);
  return stdout;
}

describe('deploy/prometheus/alerts.yml', () => {
  it('is in order', async () => {
    expect(await check('check', 'rules', '--lint=all', '--lint-fatal', 'alerts.yml')).toContain(
      `SUCCESS: ${ALERTS.length} rules found`,
    );
  });

  it('has rules that fire when they should, and not before', async () => {
    expect(await check('test', 'rules', 'alerts.test.yml')).toContain('SUCCESS');
  });

  it('has a test of each rule, of its silence as well', () => {
    const tests = readFileSync(join(FOLDER, 'alerts.test.yml'), 'utf8');
    const silent = ALERTS.filter((name) => new RegExp(`alertname: ${name} }`).test(tests));
    const firing = ALERTS.filter((name) => new RegExp(`alertname: ${name}\n +exp_alerts`).test(tests));
    expect({ silent, firing }).toEqual({ silent: ALERTS, firing: ALERTS });
  });

  it('is explained, alert by alert, for whoever is woken', () => {
    const operations = readFileSync(join(__dirname, '..', '..', 'docs', 'operations.md'), 'utf8');
    const explained = [...operations.matchAll(/^\| `(Allotment\w+)` /gm)].map(([, name]) => name);
    expect(explained.sort()).toEqual([...ALERTS].sort());
  });

  it('asks for nothing that the service does not tell', async () => {
    await demo.api.send('/health/ready');
    const { text } = await demo.api.send('/metrics');
    const told = new Set(
      [...text.matchAll(/^# TYPE (\w+) (\w+)/gm)].flatMap(([, name = '', type]) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
      ),
    );
    const asked = [...RULES.matchAll(/\b(\w+)\{job="allotment"/g)].map(([, name = '']) => name);
    expect(asked.length).toBeGreaterThanOrEqual(ALERTS.length);
    expect(asked.filter((name) => name !== 'up' && !told.has(name))).toEqual([]);
  });
});

describe('/metrics', () => {
  it('is explained in docs/operations.md, all but what Node tells of itself', async () => {
    const operations = readFileSync(join(__dirname, '..', '..', 'docs', 'operations.md'), 'utf8');
    const { text } = await demo.api.send('/metrics');
    const ours = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => name);
    const unexplained = ours.filter((name) => !operations.includes('`' + name));
    expect(unexplained.filter((name) => !/^(process|nodejs)_/.test(name))).toEqual([]);
  });

  it("reads as Prometheus's text format, under names as its users expect them", async () => {
    await demo.api.reserve(PARTNER_A, { product_id: 106, quantity: 1 });
    const { text } = await demo.api.send('/metrics');
    const [command, ...prefix] = await promtool();
    const { stderr } = spawnSync(command, [...prefix, 'check', 'metrics'], { input: text, encoding: 'utf8' });
    const blamed = stderr
      .trim()
      .split('\n')
      .map((line) => line.split(' ', 1)[0] ?? '');
    // The card's own name, and prom-client's for what it tells of Node.
    expect(blamed.filter((name) => !name.startsWith('nodejs_'))).toEqual(['ota_reservations_active_count']);
  });
});
