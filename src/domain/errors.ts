import type { HoldLimitName } from './hold-limits.js';
import type { ReservationStatus } from './reservation.js';

/** Every way in which the product says no. `src/http/problem.ts` gives each its HTTP status, exhaustively. */
export const ERROR_CODES = [
  'malformed_request',
  'invalid_idempotency_key',
  'authentication_required',
  'invalid_api_key',
  'partner_suspended',
  'scope_missing',
  'not_found',
  'reservation_not_found',
  'product_not_found',
  'channel_not_found',
  'partner_not_found',
  'key_not_found',
  'special_date_not_found',
  'request_timeout',
  'insufficient_inventory',
  'hold_limit_reached',
  'status_conflict',
  'step_differs',
  'cutoff_passed',
  'allocation_in_use',
  'already_exists',
  'key_not_active',
  'last_admin_key',
  'gone',
  'allotment_changed',
  'precondition_required',
  'rate_limited',
  'payload_too_large',
  'uri_too_long',
  'unsupported_media_type',
  'headers_too_large',
  'unknown_product',
  'no_allocation',
  'quantity_out_of_range',
  'expiry_out_of_range',
  'invalid_product_ids',
  'invalid_date_range',
  'invalid_visit_date',
  'invalid_guests',
  'invalid_filter',
  'invalid_text',
  'invalid_value',
  'invalid_allotment',
  'idempotency_key_reused',
  'internal_error',
  'overloaded',
  'unavailable',
  'shutting_down',
  'outcome_unknown',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** One fault in what was sent. `pointer` is a JSON pointer into the body (RFC 6901), `parameter` a query parameter or header. */
export interface Fault {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
}

/** Facts that a client may act on; they appear as members of the problem body. */
export interface Facts {
  readonly product_id?: number;
  readonly requested?: number;
  readonly available?: number;
  readonly limit?: number;
  /** Which of the partner's limits it is, what of it is used, and what is left. */
  readonly limit_name?: HoldLimitName;
  readonly outstanding?: number;
  readonly left?: number;
  /** Of the reservation, when that is what forbids the step. */
  readonly reservation_status?: ReservationStatus;
  readonly errors?: readonly Fault[];
}

/** A no as a value, for pure code: what went wrong in a word, and a sentence that says what to do. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly facts?: Facts;
}

/** A {@link Refusal} on its way out of a service. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: ErrorCode;
  readonly facts: Facts;
  /** When repeating the request may help, where it is known to the second. */
  readonly retryAfterSeconds: number | undefined;

  constructor(refusal: Refusal, options?: ErrorOptions & { readonly retryAfterSeconds?: number }) {
    super(refusal.detail, options);
    this.code = refusal.code;
    this.facts = refusal.facts ?? {};
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }
}
