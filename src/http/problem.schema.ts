import { ERROR_CODES, type ErrorCode } from '../domain/errors.js';
import { HOLD_LIMIT_NAMES } from '../domain/hold-limits.js';
import { problemExample } from './problem.examples.js';
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
    limit_name: { type: 'string', enum: [...HOLD_LIMIT_NAMES] },
    outstanding: { type: 'integer', description: 'What of the limit is used' },
    left: { type: 'integer', description: 'What of the limit is left' },
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

/** The responses of these refusals by status, each code with an example in the words of such a request. */
export function refusalResponses(codes: readonly ErrorCode[], method: string): Record<string, SchemaObject> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries([...byStatus].map(([status, refusals]) => [status, refusalResponse(refusals, method)]));
}

const refusalResponse = (codes: readonly ErrorCode[], method: string): SchemaObject => ({
  description: codes.map((code) => PROBLEMS[code].title).join(' · '),
  content: {
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      examples: Object.fromEntries(
        codes.map((code) => [code, { summary: PROBLEMS[code].title, value: problemExample(code, method) }]),
      ),
    },
  },
});
