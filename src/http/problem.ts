import type { DomainError } from '../domain/errors.js';
import type { ErrorCode, Facts } from '../domain/errors.js';

/** Where the product's refusals meet HTTP: the one table from code to status. */
export const PROBLEMS = {
  malformed_request: { status: 400, title: 'Malformed request' },
  invalid_idempotency_key: { status: 400, title: 'Invalid Idempotency-Key' },
  authentication_required: { status: 401, title: 'API key required' },
  invalid_api_key: { status: 401, title: 'Invalid API key' },
  partner_suspended: { status: 403, title: 'Partner suspended' },
  scope_missing: { status: 403, title: 'Scope missing' },
  not_found: { status: 404, title: 'Not found' },
  reservation_not_found: { status: 404, title: 'No such reservation' },
  product_not_found: { status: 404, title: 'No such product' },
  channel_not_found: { status: 404, title: 'No such channel' },
  partner_not_found: { status: 404, title: 'No such partner' },
  key_not_found: { status: 404, title: 'No such key' },
  special_date_not_found: { status: 404, title: 'No such special date' },
  request_timeout: { status: 408, title: 'Request took too long to arrive' },
  insufficient_inventory: { status: 409, title: 'Insufficient inventory' },
  hold_limit_reached: { status: 409, title: 'Hold limit reached' },
  status_conflict: { status: 409, title: 'Not in this state' },
  step_differs: { status: 409, title: 'Done with another body' },
  cutoff_passed: { status: 409, title: 'Cut-off passed' },
  allocation_in_use: { status: 409, title: 'Units in use' },
  already_exists: { status: 409, title: 'Exists already' },
  key_not_active: { status: 409, title: 'Key no longer works' },
  last_admin_key: { status: 409, title: 'Last key of the desk' },
  gone: { status: 410, title: 'Gone' },
  allotment_changed: { status: 412, title: 'Allotment has changed' },
  payload_too_large: { status: 413, title: 'Body too large' },
  uri_too_long: { status: 414, title: 'URL too long' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  unknown_product: { status: 422, title: 'Unknown product' },
  no_allocation: { status: 422, title: 'Not sold on this channel' },
  quantity_out_of_range: { status: 422, title: 'Quantity out of range' },
  expiry_out_of_range: { status: 422, title: 'Expiry out of range' },
  invalid_product_ids: { status: 422, title: 'Invalid product_ids' },
  invalid_date_range: { status: 422, title: 'Invalid date_range' },
  invalid_visit_date: { status: 422, title: 'Invalid visit_date' },
  invalid_guests: { status: 422, title: 'Invalid guests' },
  invalid_filter: { status: 422, title: 'Invalid filter' },
  invalid_text: { status: 422, title: 'Invalid text' },
  invalid_value: { status: 422, title: 'Invalid value' },
  invalid_allotment: { status: 422, title: 'Invalid allotment' },
  idempotency_key_reused: { status: 422, title: 'Idempotency-Key reused' },
  precondition_required: { status: 428, title: 'If-Match required' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'Headers too large' },
  internal_error: { status: 500, title: 'Internal error' },
  overloaded: { status: 503, title: 'Too many requests waiting' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
  shutting_down: { status: 503, title: 'Shutting down' },
  outcome_unknown: { status: 504, title: 'Outcome unknown' },
} as const satisfies Record<ErrorCode, { status: number; title: string }>;

/** Seconds after which a refused request is worth repeating. */
const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = { overloaded: 1, unavailable: 2, shutting_down: 5 };

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The body of every refusal. @see RFC 9457 */
export interface Problem extends Facts {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Names this occurrence: the request's id, as in the log. */
  readonly instance: string;
  readonly code: ErrorCode;
}

export interface ProblemReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Problem;
}

/** A refusal as it goes over the wire. */
export function problemOf({ code, message, facts, retryAfterSeconds }: DomainError, requestId: string): ProblemReply {
  const { status, title } = PROBLEMS[code];
  const retryAfter = retryAfterSeconds ?? RETRY_AFTER_SECONDS[code];
  return {
    status,
    headers: {
      'content-type': PROBLEM_TYPE,
      'x-request-id': requestId,
      ...(status === 401 && {
        'www-authenticate': 'ApiKey realm="allotment", header="X-API-Key", Bearer realm="allotment"',
      }),
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    },
    body: {
      type: `urn:allotment:problem:${code.replaceAll('_', '-')}`,
      title,
      status,
      detail: message,
      instance: `urn:allotment:request:${requestId}`,
      code,
      ...facts,
    },
  };
}
