import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const read = (doc: string): string => readFileSync(join(ROOT, 'docs', doc), 'utf8');

/** Paths in backticks that begin with a folder of the repository. */
const namedIn = (doc: string): string[] =>
  [...read(doc).matchAll(/`((?:test|src|deploy|docs|db)\/[\w./-]+)`/g)].map(([, path = '']) => path);

describe.each(['security.md', 'reliability.md'])('docs/%s', (doc) => {
  it('names files that exist', () => {
    const named = namedIn(doc);
    expect(named.filter((path) => path.endsWith('.spec.ts')).length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('docs/security.md', () => {
  const rows = [...read('security.md').matchAll(/^\| API\d+ .*$/gm)].map(([row]) =>
    row.split('|').map((cell) => cell.trim()),
  );

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
