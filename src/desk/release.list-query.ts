import { PRODUCT_ID_MAX } from '../contract/product-id.js';
import { cursorOf, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, parseOneOf, placeIn } from '../contract/page.js';
import { parameterFault, type RawQuery, refuseUnknown, wholeNumber } from '../contract/query-faults.js';
import { type Release, RELEASE_STATUSES } from '../domain/release.js';
import type { ReleaseFilter } from '../reservation/release.store.js';

/** @throws DomainError `malformed_request` for an unknown parameter, `invalid_filter` for a bad value */
export function parseReleaseQuery(query: RawQuery): ReleaseFilter {
  refuseUnknown(query, ['status', 'product_id', 'limit', 'cursor']);
  const { product_id: productId, limit, cursor } = query;
  return {
    status: parseOneOf(query, 'status', RELEASE_STATUSES),
    productId: productId === undefined ? undefined : wholeNumber('product_id', productId, PRODUCT_ID_MAX),
    limit: limit === undefined ? PAGE_LIMIT_DEFAULT : wholeNumber('limit', limit, PAGE_LIMIT_MAX),
    after: cursor === undefined ? undefined : decodeCursor(cursor),
  };
}

/** The place after which the next page begins; of no meaning to a client. */
export const encodeCursor = ({ dueAt, id }: Pick<Release, 'dueAt' | 'id'>): string => cursorOf(`${dueAt} ${id}`);

function decodeCursor(value: unknown): Pick<Release, 'dueAt' | 'id'> {
  const [, dueAt, id] = /^(\d{1,13}) (rel_[0-9a-f-]{36})$/.exec(placeIn(value)) ?? [];
  if (dueAt === undefined || id === undefined)
    throw parameterFault('invalid_filter', 'cursor', 'takes the next_cursor of the page before');
  return { dueAt: Number(dueAt), id };
}
