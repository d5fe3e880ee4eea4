import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { DB_FOLDER } from './migration-files.js';
import { withLock } from './migrations.js';

/**
 * Loads the demo data into a database that holds neither a product nor a partner.
 *
 * @returns whether it was loaded
 */
export async function loadDemoData(url: string): Promise<boolean> {
  return withLock(url, async (runner) => {
    const [row] = (await runner.query(
      'SELECT EXISTS (SELECT 1 FROM products) OR EXISTS (SELECT 1 FROM partners) AS used',
    )) as {
      used: number;
    }[];
    if (row?.used !== 0) return false;
    await runner.query(readFileSync(join(DB_FOLDER, 'seeds', 'demo.sql'), 'utf8'));
    return true;
  });
}
