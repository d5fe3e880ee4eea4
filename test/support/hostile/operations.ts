/** A schema of the document with its references followed. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly example?: unknown;
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
}

/** What the document says of an operation, as far as an attacker needs it. */
export interface Operation {
  /** E.g. `POST /api/ota/reserve`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly keyed: boolean;
  readonly parameters: readonly Parameter[];
  /** Of a JSON body; absent when it takes none. */
  readonly body: Schema | undefined;
}

interface RawSchema extends Omit<Schema, 'properties' | 'items'> {
  readonly $ref?: string;
  readonly allOf?: readonly RawSchema[];
  readonly properties?: Readonly<Record<string, RawSchema>>;
  readonly items?: RawSchema;
}

interface RawOperation {
  readonly security?: readonly object[];
  readonly parameters?: readonly (Omit<Parameter, 'required' | 'schema'> & { required?: boolean; schema: RawSchema })[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: RawSchema }>> };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, RawSchema>> };
}

/** All operations of a running service, from its own /docs-json: a new route is found by itself. */
export async function operationsAt(base: string): Promise<Operation[]> {
  const document = (await (await fetch(`${base}/docs-json`)).json()) as Document;
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security = [], parameters = [], requestBody }]): Operation => {
      const body = requestBody?.content['application/json']?.schema;
      return {
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        keyed: security.length > 0,
        parameters: parameters.map(({ required = false, schema, ...parameter }) => ({
          ...parameter,
          required,
          schema: followed(schema, document),
        })),
        body: body && followed(body, document),
      };
    }),
  );
}

function followed({ $ref, allOf, properties, items, ...own }: RawSchema, document: Document): Schema {
  const target = $ref === undefined ? undefined : document.components.schemas[$ref.split('/').at(-1) ?? ''];
  const merged = [...(target ? [target] : []), ...(allOf ?? [])].map((part) => followed(part, document));
  return Object.assign({}, ...merged, {
    ...own,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, schema]) => [name, followed(schema, document)]),
      ),
    }),
    ...(items && { items: followed(items, document) }),
  }) as Schema;
}
