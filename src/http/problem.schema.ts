import { ERROR_CODES, type ErrorCode } from '../domain/errors.js';
import { PROBLEMS } from './problem.js';

type SchemaObject = Readonly<Record<string, unknown>>;

/** The body of every refusal, as the document shows it. @see RFC 9457 */
export const PROBLEM_SCHEMA: SchemaObject = {
  type: 'object',
  description: 'A refusal (RFC 9457): `code` says what happened, `detail` what to do.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { type: 'string', format: 'uri', example: 'urn:allotment:problem:insufficient-inventory' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', format: 'uri', description: 'Names this occurrence by the id in X-Request-Id' },
    code: { type: 'string', enum: [...ERROR_CODES] },
    product_id: { type: 'integer' },
    requested: { type: 'integer' },
    available: { type: 'integer' },
    limit: { type: 'integer' },
    reservation_status: { type: 'string', enum: ['active', 'expired', 'activated', 'cancelled'] },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['detail'],
        properties: {
          pointer: { type: 'string', description: 'JSON pointer into the body' },
          parameter: { type: 'string', description: 'Query parameter or header' },
          detail: { type: 'string' },
        },
      },
    },
  },
};

const REQUEST_ID = { description: 'The id of the request, your own if you sent one', schema: { type: 'string' } };
const RETRY_AFTER = { description: 'Seconds to wait before the request is repeated', schema: { type: 'integer' } };
const CHALLENGE = { description: 'How to authenticate', schema: { type: 'string' } };

/** The responses of these refusals by status, each code with an example. */
export function refusalResponses(codes: readonly ErrorCode[]): Record<string, SchemaObject> {
  const statuses = new Set(codes.map((code) => PROBLEMS[code].status));
  return Object.fromEntries(
    [...statuses].map((status) => [
      status,
      refusalResponse(
        status,
        codes.filter((code) => PROBLEMS[code].status === status),
      ),
    ]),
  );
}

function refusalResponse(status: number, codes: readonly ErrorCode[]): SchemaObject {
  return {
    description: codes.map((code) => PROBLEMS[code].title).join(' · '),
    headers: {
      'X-Request-Id': REQUEST_ID,
      ...(status === 401 && { 'WWW-Authenticate': CHALLENGE }),
      ...((status === 429 || status === 503) && { 'Retry-After': RETRY_AFTER }),
    },
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  };
}

function exampleOf(code: ErrorCode): SchemaObject {
  const { status, title } = PROBLEMS[code];
  return {
    type: `urn:allotment:problem:${code.replaceAll('_', '-')}`,
    title,
    status,
    detail: DETAILS[code] ?? `${title}.`,
    instance: 'urn:allotment:request:0b8f6a52-6c0e-4a0c-9d0e-2f7f4f1c9a31',
    code,
    ...(code === 'insufficient_inventory' && { product_id: 106, requested: 1800, available: 1750 }),
  };
}

const DETAILS: Partial<Record<ErrorCode, string>> = {
  insufficient_inventory:
    'Product 106 has 1750 units available on channel ota; 1800 were requested. Ask for 1750 or fewer.',
  quantity_out_of_range: 'quantity must be at most 100; a single request may hold from 1 to 100 units.',
  malformed_request: 'The body is not of the documented shape: /quantity must be a whole number.',
};
