import { parameterFault, type RawQuery, refuseUnknown } from '../contract/query-faults.js';

/** Reads `?dry_run=true`. @throws DomainError `malformed_request` */
export function parseDryRun(query: RawQuery): boolean {
  refuseUnknown(query, ['dry_run']);
  const { dry_run: text } = query;
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw parameterFault('malformed_request', 'dry_run', 'must be true or false');
}
