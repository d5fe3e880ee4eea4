import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

type Json = Readonly<Record<string, unknown>>;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Json }>> }>
  >;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

/** Answers that Fastify and Node give before a route is found; the document is about routes. */
const BEFORE_ROUTES = new Set([404, 408, 414, 431]);

/** Holds answers of a service against its own /docs-json, so that the document can't lie. */
export class Contract {
  private readonly ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  private readonly validators = new Map<string, ValidateFunction>();

  private constructor(private readonly document: Document) {
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
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    if (text === '' && !response.content) return;
    const schema = response.content?.[type]?.schema;
    if (!schema) throw new Error(`${name} answered ${status} as ${type}, which /docs-json doesn't know`);
    const validate = this.validator(`${name} ${status} ${type}`, schema);
    if (!validate(body)) {
      throw new Error(
        `${name} answered ${status} with what /docs-json doesn't know: ${this.ajv.errorsText(validate.errors)}\n${text}`,
      );
    }
  }

  private operation(method: string, path: string): [name: string, operation: Operation] | undefined {
    const url = path.split('?')[0] ?? '';
    // The router refuses what can't be decoded before it looks for a route.
    if (!isDecodable(url)) return undefined;
    for (const [template, operations] of Object.entries(this.document.paths)) {
      const pattern = new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
      const operation = operations[method.toLowerCase()];
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
function closed(schema: unknown): unknown {
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

const pointing = (schema: Json): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"doc#/components'));
