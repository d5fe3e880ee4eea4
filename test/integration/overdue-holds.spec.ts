import type { PoolConnection, RowDataPacket } from 'mysql2/promise';

import type { Query } from '../../src/database/transaction.js';
import { overdueHolds } from '../../src/reservation/reservation.store.js';
import { PARTNER_A } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addProducts, range } from '../support/stock.js';

const PRODUCTS = range(601, 40);
const HOLDS_EACH = 100;
const RELEASED_AT_ONCE = 20;
/** A range has a first row and, maybe, one behind its last. */
const ENDS_OF_RANGE = 2;
const NOW = Date.UTC(2026, 10, 1);

let database: TestDatabase;
beforeAll(async () => {
  database = await demoDatabase();
  await addProducts(database, PRODUCTS, { ota: HOLDS_EACH });
  await database.rows(
    `INSERT INTO channel_reservations (reservation_id, product_id, channel_id, partner_id, quantity, quantity_held,
       pricing_snapshot, expires_at)
     SELECT CONCAT('res_', n, '_', p.id), p.id, 'ota', k.partner_id, 1 + n % 3, 1 + n % 3, '{}', ?
     FROM products p CROSS JOIN (WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?)
       SELECT n FROM numbers) holds
     JOIN api_keys k ON k.key_sha256 = UNHEX(SHA2(?, 256)) WHERE p.id IN (?);
     ANALYZE TABLE channel_reservations`,
    [new Date(NOW), HOLDS_EACH, PARTNER_A, PRODUCTS],
  );
});
afterAll(() => database.drop());

/** Entries of indexes and rows that a session went through, by MySQL's own count; not those of whole tables, which the asking itself adds to. */
async function readsOf(connection: PoolConnection): Promise<number> {
  const [counts] = await connection.query<RowDataPacket[]>(
    `SHOW SESSION STATUS WHERE Variable_name IN
      ('Handler_read_first', 'Handler_read_key', 'Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd')`,
  );
  return counts.reduce((sum, { Value: reads }) => sum + Number(reads), 0);
}

async function counted<T>({ sql, values, read }: Query<T>): Promise<{ result: T; reads: number }> {
  const connection = await database.pool.getConnection();
  try {
    const before = await readsOf(connection);
    const [rows] = await connection.query<RowDataPacket[]>(sql, [...values]);
    return { result: read(rows), reads: (await readsOf(connection)) - before };
  } finally {
    connection.release();
  }
}

describe('when holds of many products fall due at once', () => {
  it('those of one are had without going through the others, and no more of its own than are released at once', async () => {
    const [units, oldest] = overdueHolds(PRODUCTS[0] ?? 0, 'ota', NOW, RELEASED_AT_ONCE);
    const holds = await counted(oldest);
    expect(holds.result).toHaveLength(RELEASED_AT_ONCE);
    expect(holds.reads).toBeLessThanOrEqual(RELEASED_AT_ONCE + ENDS_OF_RANGE);

    const sum = await counted(units);
    expect(sum.result).toBe(range(0, HOLDS_EACH).reduce((all, n) => all + 1 + (n % 3), 0));
    expect(sum.reads).toBeLessThanOrEqual(HOLDS_EACH + ENDS_OF_RANGE);
  });
});
