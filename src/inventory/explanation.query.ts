import { PRODUCT_ID_MAX } from '../contract/product-id.js';
import { parameterFault, type RawQuery, refuseUnknown } from '../contract/query-faults.js';

/** What is asked of GET /api/ota/inventory/{product_id}/explain. */
export interface ExplanationQuery {
  /** Absent: what was sent can't be one. */
  readonly productId: number | undefined;
  /** Holds that are listed. */
  readonly holdsMax: number;
}

export const HOLDS_DEFAULT = 50;
export const HOLDS_MAX = 200;

/** @throws DomainError `malformed_request` for an unknown parameter, `invalid_filter` for a bad value */
export function parseExplanationQuery(id: string, query: RawQuery): ExplanationQuery {
  refuseUnknown(query, ['limit']);
  return {
    productId: /^[1-9]\d{0,9}$/.test(id) && Number(id) <= PRODUCT_ID_MAX ? Number(id) : undefined,
    holdsMax: query['limit'] === undefined ? HOLDS_DEFAULT : parseLimit(query['limit']),
  };
}

function parseLimit(value: unknown): number {
  const limit = typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (limit < 1 || limit > HOLDS_MAX)
    throw parameterFault('invalid_filter', 'limit', `takes a whole number from 1 to ${HOLDS_MAX}`);
  return limit;
}
