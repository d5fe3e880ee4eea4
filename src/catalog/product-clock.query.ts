import type { Query } from '../database/transaction.js';
import type { Instant } from '../domain/instant.js';

/** Where a product's days are counted, and the database's time. */
export const productClock = (
  productId: number,
): Query<{ readonly timeZone: string; readonly now: Instant } | undefined> => ({
  sql: 'SELECT time_zone, SYSDATE(6) AS now FROM products WHERE id = ?',
  values: [productId],
  read: ([row]) => row && { timeZone: row['time_zone'] as string, now: (row['now'] as Date).getTime() },
});
