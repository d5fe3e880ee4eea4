import { parameterFault, type RawQuery, refuseUnknown, wholeNumber } from '../contract/query-faults.js';
import type { DomainError } from '../domain/errors.js';
import { type Release, RELEASE_STATUSES, type ReleaseStatus } from '../domain/release.js';
import type { ReleaseFilter } from '../reservation/release.store.js';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
const ID_MAX = 2_147_483_647;

/** @throws DomainError `malformed_request` for an unknown parameter, `invalid_filter` for a bad value */
export function parseReleaseQuery(query: RawQuery): ReleaseFilter {
  refuseUnknown(query, ['status', 'product_id', 'limit', 'cursor']);
  const { status, product_id: productId, limit, cursor } = query;
  return {
    status: status === undefined ? undefined : parseStatus(status),
    productId: productId === undefined ? undefined : wholeNumber('product_id', productId, ID_MAX),
    limit: limit === undefined ? LIMIT_DEFAULT : wholeNumber('limit', limit, LIMIT_MAX),
    after: cursor === undefined ? undefined : decodeCursor(cursor),
  };
}

function parseStatus(value: unknown): ReleaseStatus {
  const status = RELEASE_STATUSES.find((known) => known === value);
  if (status === undefined) throw invalid('status', `takes one of ${RELEASE_STATUSES.join(', ')}`);
  return status;
}

/** The place after which the next page begins; of no meaning to a client. */
export const encodeCursor = ({ dueAt, id }: Pick<Release, 'dueAt' | 'id'>): string =>
  Buffer.from(`${dueAt} ${id}`).toString('base64url');

function decodeCursor(value: unknown): Pick<Release, 'dueAt' | 'id'> {
  const text = typeof value === 'string' ? Buffer.from(value, 'base64url').toString('latin1') : '';
  const [, dueAt, id] = /^(\d{1,13}) (rel_[0-9a-f-]{36})$/.exec(text) ?? [];
  if (dueAt === undefined || id === undefined) throw invalid('cursor', 'takes the next_cursor of the page before');
  return { dueAt: Number(dueAt), id };
}

const invalid = (parameter: string, what: string): DomainError => parameterFault('invalid_filter', parameter, what);
