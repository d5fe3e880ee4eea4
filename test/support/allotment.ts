import type { AllotmentChangeResponse, AllotmentResponse } from '../../src/inventory/allotment.dto.js';
import type { Api, Problem, Reply } from './api.js';
import type { TestDatabase } from './database.js';

/** What the routes of an allotment answer, or why they don't. */
export type AllotmentAnswer = AllotmentChangeResponse &
  AllotmentResponse &
  Omit<Problem, 'status'> & { readonly limit?: number };

export type Route = Parameters<Api['desk']>[1];

/** For whatever allotment there is. */
export const ANY = { 'if-match': '*' };

export const etagOf = ({ headers }: Reply<unknown>): string | null => headers.get('etag');

/** Everything that a refused change, or one that was only tried, must leave as it was. */
export const allotmentState = async (database: TestDatabase, productId: number): Promise<unknown> => [
  await database.rows('SELECT * FROM product_inventory WHERE product_id = ?', [productId]),
  await database.rows('SELECT COUNT(*) AS n FROM inventory_movements WHERE product_id = ?', [productId]),
  await database.rows('SELECT COUNT(*) AS n FROM idempotency_keys'),
  await database.rows('SELECT reservation_id, status FROM channel_reservations WHERE product_id = ?', [productId]),
];
