import { hasPassed, isSound, paragraph, type Ran, table } from '../../bench/report.js';
import { SCENARIOS } from '../../bench/scenarios.js';

const ran = (changes: Partial<Ran> = {}): Ran => ({
  scenario: 'reserve, one product',
  measured: [{ side: 'service', throughput: 4123.4, p50Ms: 12.345, p99Ms: 31 }],
  findings: [{ what: 'throughput, service : baseline', value: 13.21, unit: ' ×', bound: { least: 12, aim: 25 } }],
  faults: [],
  ...changes,
});

describe('a bench', () => {
  it('passes when every bound is kept, reached aim or not', () => {
    expect(hasPassed([ran(), ran()])).toBe(true);
  });

  it('fails for one bound that is not', () => {
    const slow = ran({ findings: [{ what: 'p99', value: 101, unit: ' ms', bound: { most: 100, aim: 40 } }] });
    expect(hasPassed([ran(), slow])).toBe(false);
    expect(isSound([ran(), slow])).toBe(true);
  });

  it('fails for one fault, however fast it was', () => {
    const wrong = ran({ faults: ['7 times 201, 6 new reservations'] });
    expect(isSound([wrong])).toBe(false);
    expect(hasPassed([ran(), wrong])).toBe(false);
    expect(paragraph(wrong)).toContain('UNSOUND 7 times 201, 6 new reservations');
  });

  it('is not failed by what has no bound', () => {
    expect(hasPassed([ran({ findings: [{ what: 'MySQL alone', value: 1, unit: '/s' }] })])).toBe(true);
  });
});

describe('the table', () => {
  it('marks what must be reached and what is aimed at', () => {
    const [head, , line] = table([ran()]).split('\n');
    expect(head).toMatch(/^scenario +what +value +must +aim$/);
    expect(line).toMatch(/^reserve, one product +throughput, service : baseline +13\.2 × +≥ 12 +✓ +≥ 25 +✗$/);
  });

  it('names a scenario once, and leaves the verdict of an unbounded finding open', () => {
    const lines = table([
      ran({
        findings: [
          { what: 'memory', value: 181.6, unit: ' MB', bound: { most: 250, aim: 180 } },
          { what: 'growth', value: 1.234, unit: ' MB/min' },
        ],
      }),
    ]).split('\n');
    expect(lines[2]).toMatch(/memory +182 MB +≤ 250 +✓ +≤ 180 +✗$/);
    expect(lines[3]).toMatch(/^ +growth +1\.23 MB\/min$/);
  });

  it('has a line for what is unsound', () => {
    expect(table([ran({ faults: ['a'] })])).toMatch(/UNSOUND: a +✗/);
    expect(table([ran({ faults: ['a'.repeat(70)] })])).toMatch(/UNSOUND: a{60} … +✗/);
    expect(table([ran({ faults: ['a', 'b', 'c'] })])).toMatch(/UNSOUND: a, and 2 more +✗/);
  });
});

it('no two scenarios have one name, and no aim is easier than what must be reached', () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  for (const check of SCENARIOS.flatMap((scenario) => ('checks' in scenario ? scenario.checks : []))) {
    if ('least' in check) expect(check.aim).toBeGreaterThanOrEqual(check.least);
    else expect(check.aim).toBeLessThanOrEqual(check.most);
  }
});
