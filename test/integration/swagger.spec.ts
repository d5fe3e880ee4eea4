import { useDemoService } from '../support/demo-service.js';

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly example?: unknown;
}
interface Response {
  readonly description: string;
  readonly content?: Readonly<Record<string, { schema?: Schema }>>;
}
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, string[]>>[];
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema?: Schema }[];
  readonly requestBody?: { required?: boolean; content: Readonly<Record<string, { schema: Schema }>> };
  readonly responses: Readonly<Record<string, Response>>;
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
}

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete', 'options', 'head', 'trace']);

const demo = useDemoService();
let document: Document;
let operations: { path: string; method: string; operation: Operation }[];

beforeAll(async () => {
  const reply = await demo.api.send<Document>('/docs-json');
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
  document = reply.body;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
});

function operationOf(method: string, path: string): Operation {
  const found = operations.find((one) => one.path === path && one.method === method);
  if (!found) throw new Error(`${method} ${path} is not in the document`);
  return found.operation;
}

/** The schema that a reference leads to. */
function resolve(schema: Schema | undefined): Schema {
  if (!schema) throw new Error('there is no schema');
  if (schema.allOf) return resolve(schema.allOf[0]); // a reference with a description of its own
  const name = schema.$ref?.replace('#/components/schemas/', '');
  return name === undefined ? schema : resolve(document.components.schemas[name]);
}

const bodyOf = ({ content }: { content?: Readonly<Record<string, { schema?: Schema }>> } = {}): Schema =>
  resolve(content?.['application/json']?.schema);

describe('/docs-json', () => {
  it('is OpenAPI 3.0.3 whose parts fit together', () => {
    expect(document).toMatchObject({ openapi: '3.0.3', info: { title: 'Allotment' } });
    expect(document.info.version).toMatch(/\S/);
    expect(new Set(Object.keys(document))).toEqual(
      new Set([
        ...Object.keys(document).filter((key) => /^(info|servers|tags|security|externalDocs)$/.test(key)),
        'openapi',
        'paths',
        'components',
      ]),
    );
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to ?? '');
    expect(references.length).toBeGreaterThan(0);
    for (const to of references) {
      expect(to).toMatch(/^#\/components\//);
      const target = to
        .slice(2)
        .split('/')
        .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);
      expect({ to, found: typeof target }).toEqual({ to, found: 'object' });
    }
  });

  it('describes every operation, each with a name of its own', () => {
    for (const { path, method, operation } of operations) {
      const at = `${method} ${path}`;
      expect(path).toMatch(/^\//);
      expect(METHODS.has(method)).toBe(true);
      expect({ at, summary: operation.summary }).toEqual({ at, summary: expect.stringMatching(/\S/) });
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
      for (const [status, { description }] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^[1-5]\d\d$|^default$/);
        expect({ at, status, description }).toEqual({ at, status, description: expect.any(String) });
      }
      const parameters = (operation.parameters ?? []).map((parameter) => `${parameter.in} ${parameter.name}`);
      expect(new Set(parameters).size).toBe(parameters.length);
      for (const parameter of operation.parameters ?? []) {
        expect(['query', 'header', 'path', 'cookie']).toContain(parameter.in);
        expect(parameter.schema).toBeDefined();
        if (parameter.in === 'path') expect({ at, ...parameter }).toMatchObject({ required: true });
      }
    }
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names).not.toContain(undefined);
  });

  it('knows both ways to send a key, and which routes need one', () => {
    expect(document.components.securitySchemes).toMatchObject({
      ApiKeyAuth: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      BearerAuth: { type: 'http', scheme: 'bearer' },
    });
    for (const { path, operation } of operations) {
      const schemes = (operation.security ?? []).flatMap((one) => Object.keys(one));
      for (const scheme of schemes) expect(Object.keys(document.components.securitySchemes)).toContain(scheme);
      const expected = path.startsWith('/api/') ? ['ApiKeyAuth', 'BearerAuth'] : [];
      expect({ path, schemes: schemes.sort() }).toEqual({ path, schemes: expected });
    }
  });

  it.each([
    ['get', '/api/ota/inventory', ['200', '401', '403', '422']],
    ['post', '/api/ota/reserve', ['201', '400', '401', '403', '409', '422']],
  ])("has the contract's answers: %s %s", (method, path, statuses) => {
    const operation = operationOf(method, path);
    expect(operation.tags).toEqual(['OTA Integration']);
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(statuses));
    for (const status of statuses.filter((one) => one >= '400'))
      expect(Object.keys(operation.responses[status]?.content ?? {})).toEqual(['application/problem+json']);
  });

  it("has the contract's parameters, request and answers' members", () => {
    const inventory = operationOf('get', '/api/ota/inventory');
    expect(inventory.parameters?.map(({ name, in: place, required }) => [name, place, required ?? false])).toEqual(
      expect.arrayContaining([
        ['product_ids', 'query', false],
        ['date_range', 'query', false],
      ]),
    );
    const listed = bodyOf(inventory.responses['200']);
    expect(Object.keys(listed.properties ?? {})).toEqual(['available_quantities', 'pricing_context']);
    expect(Object.keys(resolve(listed.properties?.['pricing_context']).properties ?? {}).sort()).toEqual([
      'base_prices',
      'customer_discounts',
      'customer_types',
      'special_dates',
    ]);

    const reserve = operationOf('post', '/api/ota/reserve');
    expect(reserve.requestBody?.required).toBe(true);
    const asked = bodyOf(reserve.requestBody);
    expect(asked.required).toEqual(['product_id', 'quantity']);
    expect(asked.properties).toMatchObject({
      product_id: { type: 'integer' },
      quantity: { type: 'integer', minimum: 1, maximum: 100 },
      reservation_expires_at: { type: 'string', format: 'date-time' },
    });
    const made = bodyOf(reserve.responses['201']);
    expect(Object.keys(made.properties ?? {})).toEqual(
      expect.arrayContaining(['reservation_id', 'reserved_until', 'expires_at', 'pricing_snapshot']),
    );
    expect(Object.keys(resolve(made.properties?.['pricing_snapshot']).properties ?? {})).toEqual(
      expect.arrayContaining(['base_price', 'weekend_premium', 'customer_discounts']),
    );
    expect(document.components.schemas).toHaveProperty('ChannelReservation');
  });

  it('holds what the service really answers', async () => {
    const reply = await demo.api.reserve('ota_test_key_12345', { product_id: 106, quantity: 1 });
    const schema = bodyOf(operationOf('post', '/api/ota/reserve').responses['201']);
    expect(Object.keys(reply.body).sort()).toEqual(Object.keys(schema.properties ?? {}).sort());
    expect(Object.keys(reply.body).sort()).toEqual([...(schema.required ?? [])].sort());
  });
});

describe('/docs', () => {
  it('is a page, with the scripts and styles that it names', async () => {
    const page = await demo.api.send('/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.text).toContain('<title>Allotment API</title>');
    const assets = [...page.text.matchAll(/(?:src|href)="(\.?\/?[^"]+\.(?:js|css|png))"/g)].map(([, to]) => to ?? '');
    expect(assets.length).toBeGreaterThan(1);
    for (const asset of assets) {
      const { pathname } = new URL(asset, `${demo.api.base}/docs`);
      expect({ pathname, status: (await demo.api.send(pathname)).status }).toEqual({ pathname, status: 200 });
    }
  });
});
