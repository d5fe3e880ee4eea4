import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { SETTINGS } from '../../src/config/settings.js';

describe('the table of settings in README.md', () => {
  it('is that of the code', () => {
    const readme = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');
    const [, table = ''] = /\| setting[^\n]*\n\|[ -|]*\n((?:\|[^\n]*\n)+)/.exec(readme) ?? [];
    const rows = table
      .trimEnd()
      .split('\n')
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .join('|')
          .split(/\s*\|\s*/)
          .map((cell) => cell.trim()),
      );
    const wanted = Object.entries(SETTINGS).map(([name, { default: fallback, desc }]) => [
      `\`${name}\``,
      fallback === undefined ? '' : `\`${fallback}\``,
      desc,
    ]);
    expect(rows).toEqual(wanted);
  });
});
