import type { OpenAPIObject } from '@nestjs/swagger';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

type OperationObject = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** An operation of the document, and where it stands. */
interface Located {
  readonly url: string;
  readonly method: string;
  readonly operation: OperationObject;
}

export const operationsOf = (document: OpenAPIObject): Located[] =>
  Object.entries(document.paths).flatMap(([url, path]) =>
    METHODS.flatMap((method) => {
      const operation = path[method];
      return operation ? [{ url, method, operation }] : [];
    }),
  );

type Headers = Readonly<Record<string, unknown>>;

/** Gives each answer the headers that are made for it, a copy of it at that: decorators' own objects are of all apps of a process. */
export function setHeaders(operation: OperationObject, headersOf: (status: number, own: Headers) => Headers): void {
  for (const [status, response] of Object.entries(operation.responses)) {
    const { headers = {} } = response as { headers?: Headers };
    Object.assign(operation.responses, { [status]: { ...response, headers: headersOf(Number(status), headers) } });
  }
}
