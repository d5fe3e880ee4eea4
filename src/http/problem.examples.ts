import { DomainError, type ErrorCode, type Refusal } from '../domain/errors.js';
import { type Problem, problemOf } from './problem.js';

type Words = Omit<Refusal, 'code'>;

const REQUEST_ID = '0b8f6a52-6c0e-4a0c-9d0e-2f7f4f1c9a31';

/**
 * A refusal of each code as the document shows it. The words are the service's own: test/integration/problem-examples.spec.ts
 * provokes each of them.
 */
export function problemExample(code: ErrorCode, method: string): Problem {
  const words = (method === 'get' ? READ_EXAMPLES[code] : undefined) ?? EXAMPLES[code];
  return problemOf(new DomainError({ code, ...words }), REQUEST_ID).body;
}

const HOW =
  'Send your key in the header X-API-Key (or as Authorization: Bearer). Keys come from the operator that runs this service.';

const parameter = (name: string, detail: string): Words => ({
  detail: `${name} ${detail}.`,
  facts: { errors: [{ parameter: name, detail }] },
});
const member = (name: string, detail: string): Words => ({
  detail: `${name} ${detail}.`,
  facts: { errors: [{ pointer: `/${name}`, detail }] },
});

const EXAMPLES: Readonly<Record<ErrorCode, Words>> = {
  malformed_request: {
    detail: 'The body is not of the documented shape: /quantity must be a whole number.',
    facts: { errors: [{ pointer: '/quantity', detail: 'must be a whole number' }] },
  },
  invalid_idempotency_key: {
    detail: 'Idempotency-Key takes 1 to 255 printable ASCII characters, such as a UUID.',
    facts: { errors: [{ parameter: 'Idempotency-Key', detail: 'must be 1 to 255 printable ASCII characters' }] },
  },
  authentication_required: { detail: `No API key was sent. ${HOW}` },
  invalid_api_key: { detail: `This API key is unknown, expired or revoked. ${HOW}` },
  partner_suspended: { detail: 'This partner is suspended. Contact the operator that runs this service.' },
  scope_missing: {
    detail: 'This key lacks the scope reservations:write. Ask the operator for a key that has it.',
  },
  not_found: { detail: 'There is no GET /api/ota/reservations/. /docs lists all routes.' },
  reservation_not_found: { detail: 'You have no such reservation. GET /api/ota/reservations lists yours.' },
  product_not_found: { detail: 'There is no such product. GET /api/admin/products lists all.' },
  channel_not_found: { detail: 'There is no such channel. GET /api/admin/channels lists all.' },
  partner_not_found: { detail: 'There is no such partner. GET /api/admin/partners lists all.' },
  key_not_found: { detail: 'There is no such key. GET /api/admin/keys lists all.' },
  special_date_not_found: { detail: 'There is no such special date. GET /api/admin/special-dates lists all.' },
  request_timeout: { detail: 'The request took too long to arrive.' },
  insufficient_inventory: {
    detail: 'Product 106 has 1750 units available on channel ota; 1800 were requested. Ask for 1750 or fewer.',
    facts: { product_id: 106, requested: 1800, available: 1750 },
  },
  hold_limit_reached: {
    detail:
      'Your limit is 10 units held of product 106; 8 are, so 2 are left and 5 were requested. ' +
      'Ask for 2 or fewer, or activate or cancel holds first.',
    facts: { product_id: 106, requested: 5, limit_name: 'held_per_product_max', limit: 10, outstanding: 8, left: 2 },
  },
  status_conflict: {
    detail: "This reservation is cancelled and can't be activated. Reserve again.",
    facts: { reservation_status: 'cancelled' },
  },
  step_differs: {
    detail: 'This reservation was activated by a request with another body. GET it to see how.',
    facts: { reservation_status: 'activated' },
  },
  allocation_in_use: {
    detail:
      'Channel ota can give 1800 units, 100 fewer than 1900: of its 2000, 0 are held and 200 sold. ' +
      'Take 1800 or fewer, or wait for holds to end.',
    facts: { product_id: 106, requested: 1900, available: 1800 },
  },
  already_exists: {
    detail: 'There is a channel ota already; change it, or take another id.',
    facts: { errors: [{ pointer: '/channel_id', detail: 'already taken' }] },
  },
  key_not_active: {
    detail: 'Key 12 is revoked: there is nothing to rotate. Create a new key for the partner.',
  },
  last_admin_key: {
    detail:
      'Nobody could work at the desk any more: no key but key 12 of partner operator has the scope admin. ' +
      'Create another one first, for another partner if this one is to be suspended.',
  },
  allotment_changed: {
    detail:
      'The allotment of product 106 has changed since you read it: it is "5000.direct-3000.ota-2000" now. ' +
      'GET it, and send your change again with its ETag in If-Match if you still want it.',
    facts: { product_id: 106 },
  },
  precondition_required: {
    detail:
      'Say which allotment the change is meant for: send the ETag that GET gave you in If-Match, or * for whatever it is now.',
    facts: { errors: [{ parameter: 'If-Match', detail: 'must be sent' }] },
  },
  invalid_allotment: {
    detail: 'to must be another channel than from.',
    facts: { errors: [{ pointer: '/to', detail: 'must be another channel than from' }] },
  },
  cutoff_passed: {
    detail:
      'This sale could be cancelled until 2026-12-29T16:00:00.000Z, 24 h before the visit on 2026-12-31. Ask the operator.',
    facts: { reservation_status: 'activated' },
  },
  gone: {
    detail:
      'Reservations are no longer made here: use /api/ticket-reservation. GET /api/ota/inventory goes on working.',
  },
  rate_limited: {
    detail: 'More than 6000 in a minute. Nothing was applied: repeat the request in 42 s.',
    facts: { limit: 6000 },
  },
  payload_too_large: { detail: 'The body is larger than 65536 bytes.' },
  uri_too_long: { detail: 'A part of the path is too long.' },
  unsupported_media_type: { detail: 'Send a JSON object with Content-Type: application/json.' },
  headers_too_large: { detail: 'The request headers are too large.' },
  unknown_product: {
    detail: 'There is no such product on sale. GET /api/ota/inventory lists the products that you may sell.',
    facts: { errors: [{ pointer: '/product_id', detail: 'not a product on sale' }] },
  },
  no_allocation: {
    detail:
      'Product 109 has no allocation on channel ota. GET /api/ota/inventory lists the products that you may sell.',
    facts: { product_id: 109, errors: [{ pointer: '/product_id', detail: 'no allocation on your channel' }] },
  },
  quantity_out_of_range: {
    detail: 'quantity must be at most 100; a single request may hold from 1 to 100 units.',
    facts: { limit: 100, errors: [{ pointer: '/quantity', detail: 'must be at most 100' }] },
  },
  expiry_out_of_range: member(
    'reservation_expires_at',
    'must be an ISO 8601 date and time with an offset, such as 2026-12-24T14:30:00+08:00',
  ),
  invalid_product_ids: {
    detail:
      'product_ids takes positive whole numbers separated by commas, such as 106,107,108; leave it out for all products that you may sell.',
    facts: { errors: [{ parameter: 'product_ids', detail: 'abc is not a product id' }] },
  },
  invalid_date_range: {
    detail: 'date_range takes two dates separated by a comma, such as 2025-11-15,2025-12-15.',
    facts: {
      errors: [
        {
          parameter: 'date_range',
          detail: 'date_range takes two dates separated by a comma, such as 2025-11-15,2025-12-15.',
        },
      ],
    },
  },
  invalid_visit_date: {
    detail: "visit_date must not lie in the past; at the product's place it is 2026-12-01.",
    facts: { errors: [{ pointer: '/visit_date', detail: 'lies in the past' }] },
  },
  invalid_guests: member('guests', "can't be vip; this product is sold to adult, child, elderly, student"),
  invalid_filter: parameter('limit', 'takes a whole number from 1 to 200'),
  invalid_text: member('external_reference', 'may have at most 100 characters'),
  invalid_value: member('quantity_max', 'must be a whole number from 1 to 1000'),
  idempotency_key_reused: {
    detail:
      'This Idempotency-Key was used for another request. Repeat the first request unchanged, or send this one under a new key.',
    facts: { errors: [{ parameter: 'Idempotency-Key', detail: 'already used for a different operation or body' }] },
  },
  internal_error: {
    detail:
      'Something went wrong on our side; the operator finds it in the log by this instance. Repeat the request with its Idempotency-Key.',
  },
  overloaded: {
    detail:
      'Too many requests are waiting for this product. Nothing was applied: repeat the request after the time in Retry-After.',
  },
  unavailable: {
    detail:
      'The database did not take the change. Nothing was applied: repeat the request after the time in Retry-After.',
  },
  shutting_down: {
    detail: 'This instance is stopping. Nothing was applied: repeat the request after the time in Retry-After.',
  },
  outcome_unknown: {
    detail:
      'The connection to the database was lost while the change was being committed, so it may or may not have been ' +
      'applied. Repeat the request with the same Idempotency-Key, or look at your reservations before you send another.',
  },
};

/** Where a request that only reads is refused in other words. */
const READ_EXAMPLES: Partial<Record<ErrorCode, Words>> = {
  malformed_request: {
    detail: 'Unknown query parameter: productid. Known are product_ids, date_range.',
    facts: { errors: [{ parameter: 'productid', detail: 'unknown parameter' }] },
  },
  scope_missing: { detail: 'This key lacks the scope inventory:read. Ask the operator for a key that has it.' },
  unavailable: {
    detail: 'The database does not answer at the moment. Repeat the request after the time in Retry-After.',
  },
};
