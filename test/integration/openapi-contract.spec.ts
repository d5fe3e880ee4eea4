import { Ajv } from 'ajv';
import formats from 'ajv-formats';

import { ERROR_CODES } from '../../src/domain/errors.js';
import { closed, pointing } from '../support/contract.js';
import { useDemoService } from '../support/demo-service.js';

type Json = Readonly<Record<string, unknown>>;
interface Content {
  readonly schema: Json;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: Json }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, { readonly headers?: Json; readonly content?: Record<string, Content> }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Json; readonly headers: Readonly<Record<string, Json>> };
}

const demo = useDemoService();
let document: Document;
let operations: [at: string, operation: Operation][];
let ajv: Ajv;

beforeAll(async () => {
  document = (await demo.api.send<Document>('/docs-json')).body;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
  );
  ajv = new Ajv({ strict: false, allErrors: true });
  formats(ajv);
  ajv.addSchema({ $id: 'doc', components: closed(document.components) as object });
});

/** What a JSON pointer leads to, through references. */
function at(pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/'))
    .reduce<unknown>((here, part) => (resolved(here) as Record<string, unknown> | undefined)?.[part], document);
}

function resolved(node: unknown): unknown {
  const { $ref, allOf } = (node ?? {}) as { $ref?: string; allOf?: unknown[] };
  if (allOf) return { ...(node as object), ...(resolved(allOf[0]) as object) };
  return $ref === undefined ? node : resolved(at($ref.slice(1)));
}

const INVENTORY = '/paths/~1api~1ota~1inventory/get';
const LISTED = `${INVENTORY}/responses/200/content/application~1json/schema/properties`;
const RESERVE = '/paths/~1api~1ota~1reserve/post';
const ASKED = `${RESERVE}/requestBody/content/application~1json/schema`;
const MADE = `${RESERVE}/responses/201/content/application~1json/schema/properties`;
const RESERVATION = '/components/schemas/ChannelReservation/properties';

/** Line by line. Where a ruling departs from the card, its number stands beside. */
const CARD: [pointer: string, value: unknown][] = [
  [`${INVENTORY}/tags`, ['OTA Integration']],
  [`${INVENTORY}/summary`, 'Get real-time package availability for OTA channel'],
  [`${INVENTORY}/security`, expect.arrayContaining([{ ApiKeyAuth: [] }])],
  [`${INVENTORY}/responses/200/description`, 'Current availability for requested products'],
  [`${INVENTORY}/responses/401`, expect.anything()],
  [`${INVENTORY}/responses/403`, expect.anything()],
  [`${INVENTORY}/responses/422`, expect.anything()],
  [
    `${LISTED}/available_quantities`,
    expect.objectContaining({ type: 'object', example: { 106: 1800, 107: 1200, 108: 1300 } }),
  ],
  [`${LISTED}/pricing_context/type`, 'object'],
  [`${LISTED}/pricing_context/properties/base_prices/type`, 'object'],
  [`${LISTED}/pricing_context/properties/base_prices/example`, { 106: { weekday: 288, weekend: 318 } }],
  [`${LISTED}/pricing_context/properties/customer_types/type`, 'array'],
  [`${LISTED}/pricing_context/properties/customer_types/items/type`, 'string'],
  [`${LISTED}/pricing_context/properties/customer_types/example`, ['adult', 'child', 'elderly']],
  [`${LISTED}/pricing_context/properties/special_dates/type`, 'object'],
  [`${LISTED}/pricing_context/properties/special_dates/example`, { '2025-12-31': { multiplier: 1.5 } }],
  [`${LISTED}/pricing_context/properties/customer_discounts/type`, 'object'],
  [
    `${LISTED}/pricing_context/properties/customer_discounts/example`,
    {
      106: { child: 100, elderly: 50, student: 50 },
      107: { child: 150, family: 100, elderly: 75 },
      108: { vip: 200, elderly: 100 },
    },
  ],
  [`${RESERVE}/tags`, ['OTA Integration']],
  [`${RESERVE}/summary`, 'Reserve package inventory for OTA sales'],
  [`${RESERVE}/security`, expect.arrayContaining([{ ApiKeyAuth: [] }])],
  [`${RESERVE}/requestBody/required`, true],
  [`${ASKED}/type`, 'object'],
  [`${ASKED}/required`, ['product_id', 'quantity']],
  [`${ASKED}/properties/product_id`, { type: 'integer', description: 'Package product ID to reserve', example: 106 }],
  [`${ASKED}/properties/quantity`, expect.objectContaining({ type: 'integer', minimum: 1, maximum: 100, example: 50 })],
  [
    `${ASKED}/properties/reservation_expires_at`,
    expect.objectContaining({ type: 'string', format: 'date-time', example: '2025-11-04T14:30:00+08:00' }),
  ],
  [`${RESERVE}/responses/201/description`, 'Inventory successfully reserved'],
  [`${MADE}/reservation_id`, { type: 'string', description: 'Unique reservation identifier', example: 'res_67890' }],
  // The card's instant, written as the service writes it.
  [
    `${MADE}/reserved_until`,
    expect.objectContaining({
      type: 'string',
      format: 'date-time',
      example: new Date('2025-11-04T14:30:00+08:00').toISOString(),
    }),
  ],
  [`${MADE}/pricing_snapshot/type`, 'object'],
  [`${MADE}/pricing_snapshot/properties/base_price`, expect.objectContaining({ type: 'number', example: 288 })],
  [`${MADE}/pricing_snapshot/properties/weekend_premium`, expect.objectContaining({ type: 'number', example: 30 })],
  [`${MADE}/pricing_snapshot/properties/customer_discounts/type`, 'object'],
  // R16: elderly is 50 for product 106.
  [
    `${MADE}/pricing_snapshot/properties/customer_discounts/example`,
    expect.objectContaining({ child: 100, elderly: 50 }),
  ],
  ...[400, 401, 403, 409, 422].map((status): [string, unknown] => [
    `${RESERVE}/responses/${status}`,
    expect.anything(),
  ]),
  [`${RESERVATION}/reservation_id`, expect.objectContaining({ type: 'string' })],
  [`${RESERVATION}/product_id`, expect.objectContaining({ type: 'integer' })],
  [`${RESERVATION}/channel_id`, expect.objectContaining({ type: 'string' })],
  [`${RESERVATION}/quantity`, expect.objectContaining({ type: 'integer' })],
  [
    `${RESERVATION}/status`,
    expect.objectContaining({ type: 'string', enum: ['active', 'expired', 'activated', 'cancelled'] }),
  ],
  [`${RESERVATION}/expires_at`, expect.objectContaining({ type: 'string', format: 'date-time' })],
  [`${RESERVATION}/created_at`, expect.objectContaining({ type: 'string', format: 'date-time' })],
  ['/components/securitySchemes/ApiKeyAuth', { type: 'apiKey', in: 'header', name: 'X-API-Key' }],
];

describe("the customer's contract", () => {
  it.each(CARD)('has %s', (pointer, value) => {
    expect(at(pointer)).toEqual(value);
  });

  it('has its parameters, in its order, as texts and optional', () => {
    const { parameters = [] } = at(INVENTORY) as Operation;
    expect(parameters.slice(0, 2)).toMatchObject([
      { name: 'product_ids', in: 'query', required: false, schema: { type: 'string', example: '106,107,108' } },
      {
        name: 'date_range',
        in: 'query',
        required: false,
        schema: { type: 'string', example: '2025-11-15,2025-12-15' },
      },
    ]);
  });
});

describe('every operation', () => {
  it('has a name, a summary, and says whether it needs a key', () => {
    for (const [where, { operationId, summary, security }] of operations) {
      expect([where, operationId]).toEqual([where, expect.stringMatching(/^[a-z][A-Za-z]+$/)]);
      expect([where, summary]).toEqual([where, expect.stringMatching(/\S/)]);
      expect([where, security?.length]).toEqual([where, where.includes(' /api/') ? 2 : 0]);
    }
  });

  it('shows an example of every body, and each is of its schema', () => {
    let shown = 0;
    for (const [where, { requestBody, responses }] of operations) {
      const bodies = [['request', requestBody] as const, ...Object.entries(responses)];
      for (const [name, body] of bodies) {
        for (const { schema, example, examples = {} } of Object.values(body?.content ?? {})) {
          const values = [
            ...(example === undefined ? [] : [example]),
            ...Object.values(examples).map(({ value }) => value),
          ];
          const validate = ajv.compile(closed(pointing(schema)) as object);
          const faults = values.map((value) => (validate(value) ? [] : validate.errors));
          expect([where, name, faults]).toEqual([where, name, faults.map(() => [])]);
          expect([where, name, values.length > 0]).toEqual([where, name, true]);
          shown += values.length;
        }
      }
    }
    expect(shown).toBeGreaterThan(ERROR_CODES.length);
  });

  it('documents, among all of them, every refusal but the one of an API that is gone', () => {
    const known = operations.flatMap(([, { responses }]) =>
      Object.values(responses).flatMap(({ content }) =>
        Object.keys(content?.['application/problem+json']?.examples ?? {}),
      ),
    );
    expect(ERROR_CODES.filter((code) => !known.includes(code))).toEqual(['gone']);
  });

  it.each([
    [
      '200',
      'get /api/ota/inventory',
      ['Cache-Control', 'ETag', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'X-Request-Id'],
    ],
    [
      '304',
      'get /api/ota/inventory',
      ['Cache-Control', 'ETag', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'X-Request-Id'],
    ],
    [
      '401',
      'get /api/ota/inventory',
      [
        'Cache-Control',
        'RateLimit-Limit',
        'RateLimit-Remaining',
        'RateLimit-Reset',
        'WWW-Authenticate',
        'X-Request-Id',
      ],
    ],
    [
      '201',
      'post /api/ota/reserve',
      [
        'Cache-Control',
        'Idempotency-Replayed',
        'RateLimit-Limit',
        'RateLimit-Remaining',
        'RateLimit-Reset',
        'X-Request-Id',
      ],
    ],
    [
      '429',
      'post /api/ota/reserve',
      ['Cache-Control', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'Retry-After', 'X-Request-Id'],
    ],
    [
      '503',
      'post /api/ota/reserve',
      ['Cache-Control', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'Retry-After', 'X-Request-Id'],
    ],
    ['413', 'post /api/ota/reserve', ['Cache-Control', 'X-Request-Id']],
    ['503', 'get /health/ready', ['Cache-Control', 'Retry-After', 'X-Request-Id']],
  ])('has the headers of %s: %s', (status, where, headers) => {
    const [, operation] = operations.find(([name]) => name === where) ?? [];
    expect(Object.keys(operation?.responses[status]?.headers ?? {}).sort()).toEqual(headers);
  });

  it('takes the request headers that it reads', () => {
    const taken = (where: string): string[] =>
      (operations.find(([name]) => name === where)?.[1].parameters ?? [])
        .filter((parameter) => parameter.in === 'header')
        .map(({ name }) => name);
    expect(taken('get /api/ota/inventory')).toEqual(['If-None-Match', 'X-Request-Id']);
    for (const [where] of operations.filter(([name]) => name.startsWith('post /api/ota/')))
      expect([where, ...taken(where)]).toEqual([where, 'Idempotency-Key', 'X-Request-Id']);
    expect(taken('post /api/admin/products/{id}/transfers')).toEqual(['If-Match', 'Idempotency-Key', 'X-Request-Id']);
  });
});

describe('a header’s example', () => {
  it('is of its schema', () => {
    const headers = Object.entries(document.components.headers);
    expect(headers.length).toBeGreaterThan(5);
    for (const [name, { schema, example }] of headers)
      expect([name, ajv.validate(schema as object, example)]).toEqual([name, true]);
  });
});
