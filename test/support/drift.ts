import type { TestDatabase } from './database.js';

/** Sets numbers of a channel in the inventory row, as somebody with a console would: past the service. */
export async function setCounters(
  database: TestDatabase,
  productId: number,
  channelId: string,
  numbers: Readonly<Partial<Record<'allocated' | 'reserved' | 'sold', number>>>,
): Promise<void> {
  const paths = Object.entries(numbers).flatMap(([name, value]) => [`$."${channelId}".${name}`, value]);
  await database.rows(
    `UPDATE product_inventory SET channel_allocations = JSON_SET(channel_allocations, ${paths.map(() => '?').join(', ')})
     WHERE product_id = ?`,
    [...paths, productId],
  );
}

/** Takes the triggers away for as long as something is planted that they would refuse. */
export async function withoutTriggers(database: TestDatabase, plant: () => Promise<unknown>): Promise<void> {
  const triggers = ['product_inventory_before_insert', 'product_inventory_before_update'];
  const made: string[] = [];
  for (const name of triggers) {
    const [row] = await database.rows<Record<string, string>>(`SHOW CREATE TRIGGER ${name}`);
    made.push(row?.['SQL Original Statement'] ?? '');
    await database.rows(`DROP TRIGGER ${name}`);
  }
  try {
    await plant();
  } finally {
    for (const statement of made) await database.rows(statement);
  }
}

/** The ledger's newest lines of a product, newest first. */
export const newestLines = (
  database: TestDatabase,
  productId: number,
  count: number,
): Promise<
  { seq: number; channel_id: string; kind: string; units: number; allocated: number; reserved: number; sold: number }[]
> =>
  database.rows(
    `SELECT seq, channel_id, kind, units, allocated, reserved, sold FROM inventory_movements
     WHERE product_id = ? ORDER BY seq DESC LIMIT ?`,
    [productId, count],
  );
