import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const text = readFileSync(join(ROOT, 'docs', 'security.md'), 'utf8');

/** Paths in backticks that begin with a folder of the repository. */
const named = [...text.matchAll(/`((?:test|src|deploy|docs|db)\/[\w./-]+)`/g)].map(([, path = '']) => path);
const rows = [...text.matchAll(/^\| API\d+ .*$/gm)].map(([row]) => row.split('|').map((cell) => cell.trim()));

describe('docs/security.md', () => {
  it('names files that exist', () => {
    expect(named.filter((path) => path.endsWith('.spec.ts')).length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('has all ten risks, each with a spec or a reason why not', () => {
    expect(rows.map(([, risk = '']) => risk.split(' ')[0])).toEqual(
      Array.from({ length: 10 }, (_, n) => `API${n + 1}`),
    );
    const unproven = rows.filter(
      ([, , what = '', by = '']) => !by.includes('.spec.ts') && !what.startsWith('Not applicable: '),
    );
    expect(unproven).toEqual([]);
  });
});
