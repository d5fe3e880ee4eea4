import { format, raw } from 'mysql2';

import { WORDING } from '../../src/database/pools.js';
import { SharedColumns } from '../../src/database/shared-columns.js';

const worded = (values: readonly unknown[]): string =>
  format('?', [[values]] as never, WORDING.stringifyObjects, WORDING.timezone);

describe('columns that rows share', () => {
  const at = Date.UTC(2026, 10, 26, 12, 30, 0, 7);
  const rows = [
    [106, 'ota', `partner's`, new Date(at), null, raw('@pricing_0')],
    [106, 'ota', `partner's`, new Date(at), null, raw('@pricing_0')],
    [106, 'ota', `partner's`, new Date(at + 1), null, raw('@pricing_0')],
    [106, 'ota', `partner's`, new Date(at + 1), 'why; \\ "?"', raw('@pricing_0')],
    [107, 'ota', `partner's`, new Date(at + 1), null, raw('@pricing_1')],
    [107],
    [106, 'ota', `partner's`, new Date(at), null, raw('@pricing_0')],
  ];

  it('are worded as the driver words each of them', () => {
    const shared = new SharedColumns();
    for (const row of rows) expect(worded(['id', shared.of(...row), 1])).toBe(worded(['id', ...row, 1]));
  });

  it('are worded once for neighbours that have the same, times by what they say', () => {
    const shared = new SharedColumns();
    const pricing = raw('@pricing_0');
    const [one, same, later] = [at, at, at + 1].map((ms) => shared.of(106, new Date(ms), null, pricing));
    expect(same).toBe(one);
    expect(later).not.toBe(one);
  });
});
