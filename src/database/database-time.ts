import type { Instant } from '../domain/instant.js';
import type { Query } from './transaction.js';

/** The one clock. */
export const databaseTime = (): Query<Instant> => ({
  sql: 'SELECT SYSDATE(6) AS now',
  values: [],
  read: ([row]) => (row?.['now'] as Date).getTime(),
});
