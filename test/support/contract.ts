import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

type Json = Readonly<Record<string, unknown>>;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

interface Header {
  readonly $ref?: string;
  readonly required?: boolean;
  readonly schema?: Json;
}

interface Response {
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, { readonly schema: Json }>>;
}

interface Operation {
  readonly responses: Readonly<Record<string, Response>>;
}

interface Path {
  /** As the document words it. */
  readonly template: string;
  readonly pattern: RegExp;
  readonly operations: Readonly<Record<string, Operation>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>;
    readonly headers: Readonly<Record<string, Header>>;
  };
}

/** Answers that Fastify and Node give before a route is found; the document is about routes. */
const BEFORE_ROUTES = new Set([404, 408, 414, 431]);

/** Of Node, Fastify and helmet; the document is about the service's own. */
const PLUMBING =
  /^(connection|content-(length|security-policy|type)|cross-origin-.*|date|keep-alive|origin-agent-cluster|referrer-policy|transfer-encoding|x-(content-type-options|dns-prefetch-control|download-options|frame-options|permitted-cross-domain-policies|xss-protection))$/;

/** Holds answers of a service against its own /docs-json, so that the document can't lie. */
export class Contract {
  private readonly ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  private readonly validators = new Map<string, ValidateFunction>();

  private readonly paths: readonly Path[];

  private constructor(private readonly document: Document) {
    this.paths = Object.entries(document.paths).map(([template, operations]) => ({
      template,
      pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      operations,
    }));
    formats(this.ajv);
    this.ajv.addSchema({ $id: 'doc', components: closed(document.components) as object });
  }

  static async of(base: string): Promise<Contract> {
    const response = await fetch(`${base}/docs-json`);
    return new Contract((await response.json()) as Document);
  }

  /** @throws Error naming what the document doesn't know of an answer */
  check(method: string, path: string, { status, headers, body, text }: Answer): void {
    const found = this.operation(method, path);
    if (!found) return;
    const [name, operation] = found;
    const response = operation.responses[String(status)];
    if (!response) {
      if (BEFORE_ROUTES.has(status) || method === 'HEAD') return;
      throw new Error(`${name} answered ${status}, which /docs-json doesn't know`);
    }
    this.checkHeaders(`${name} ${status}`, response.headers ?? {}, headers);
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    if (text === '' && !response.content) return;
    const schema = response.content?.[type]?.schema;
    if (!schema) throw new Error(`${name} answered ${status} as ${type}, which /docs-json doesn't know`);
    const validate = this.validator(`${name} ${status} ${type}`, schema);
    if (!validate(type.endsWith('json') ? body : text)) {
      throw new Error(
        `${name} answered ${status} with what /docs-json doesn't know: ${this.ajv.errorsText(validate.errors)}\n${text}`,
      );
    }
  }

  /** Whether the document has an operation for it, and that status of it if one is named. */
  knows(method: string, path: string, status?: number): boolean {
    const operation = this.operation(method, path)?.[1];
    return operation !== undefined && (status === undefined || String(status) in operation.responses);
  }

  /** Holds a refusal against the document's own form of one, wherever it was given. @throws Error naming what is wrong */
  checkRefusal(name: string, { status, headers, body, text }: Answer): void {
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    const validate = this.validator('a refusal', { $ref: '#/components/schemas/Problem' });
    if (type !== 'application/problem+json' || !validate(body) || (body as Json)['status'] !== status)
      throw new Error(`${name} answered ${status} as ${type}, which is no problem: ${text}`);
    if (headers.get('cache-control') !== 'no-store' || headers.get('x-content-type-options') !== 'nosniff')
      throw new Error(`${name} answered ${status} without the headers of every answer`);
    if ((body as Json)['instance'] !== `urn:allotment:request:${headers.get('x-request-id')}`)
      throw new Error(`${name} answered ${status} under another id than its header's`);
  }

  private checkHeaders(name: string, documented: Readonly<Record<string, Header>>, sent: Headers): void {
    const known = new Map(Object.entries(documented).map(([header, value]) => [header.toLowerCase(), value]));
    for (const header of sent.keys())
      if (!known.has(header) && !PLUMBING.test(header))
        throw new Error(`${name} came with ${header}, which /docs-json doesn't know`);
    for (const [header, reference] of known) {
      const { required, schema = {} } = this.headerOf(reference);
      const value = sent.get(header);
      if (value === null && required) throw new Error(`${name} came without ${header}, which /docs-json promises`);
      if (value !== null && !this.ajv.validate(schema, schema['type'] === 'integer' ? Number(value) : value))
        throw new Error(
          `${name} came with ${header}: ${value}, which /docs-json doesn't know: ${this.ajv.errorsText()}`,
        );
    }
  }

  private headerOf(header: Header): Header {
    const name = header.$ref?.replace('#/components/headers/', '');
    return (name === undefined ? header : this.document.components.headers[name]) ?? header;
  }

  private operation(method: string, path: string): [name: string, operation: Operation] | undefined {
    const url = path.split('?')[0] ?? '';
    // The router refuses what can't be decoded before it looks for a route.
    if (!isDecodable(url)) return undefined;
    for (const { template, pattern, operations } of this.paths) {
      const name = method.toLowerCase();
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (operation && pattern.test(url)) return [`${method} ${template}`, operation];
    }
    return undefined;
  }

  private validator(name: string, schema: Json): ValidateFunction {
    const made = this.validators.get(name) ?? this.ajv.compile(closed(pointing(schema)) as object);
    this.validators.set(name, made);
    return made;
  }
}

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

/** The same schema, allowing no member that it doesn't name. */
export function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, ...copy }: Record<string, unknown> = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  );
  if (copy['type'] === 'object' && copy['properties'] && !('additionalProperties' in copy))
    copy['additionalProperties'] = false;
  // OpenAPI 3.0 says so of any schema, JSON Schema only of types.
  return nullable === true ? { anyOf: [copy, { type: 'null' }] } : copy;
}

export const pointing = (schema: Json): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"doc#/components'));
