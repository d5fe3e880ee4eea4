import type { OpenAPIObject } from '@nestjs/swagger';

import { operationsOf, setHeaders } from './operations.js';

type HeaderObject = Readonly<Record<string, unknown>>;

/** Where a header may come. */
interface Answer {
  readonly status: number;
  /** Of a route that needs a key. */
  readonly keyed: boolean;
}

interface DocumentedHeader {
  readonly on: (answer: Answer) => boolean;
  readonly header: HeaderObject;
}

/** Refused before anybody asked for the key: nothing is counted. */
const BEFORE_THE_KEY = new Set([408, 410, 413, 414, 415, 431]);

const counted = ({ status, keyed }: Answer): boolean => keyed && !BEFORE_THE_KEY.has(status);

/** Headers that routes share. Those of a route's own stand with the route. */
const HEADERS: Readonly<Record<string, DocumentedHeader>> = {
  'X-Request-Id': {
    on: () => true,
    header: {
      description: 'The id of the request, your own if you sent one that is safe to log',
      required: true,
      schema: { type: 'string', pattern: '^[\\w.:-]{1,128}$' },
      example: '0b8f6a52-6c0e-4a0c-9d0e-2f7f4f1c9a31',
    },
  },
  'Cache-Control': {
    on: () => true,
    header: {
      description: 'The answer is not to be kept (RFC 9111)',
      required: true,
      schema: { type: 'string', enum: ['no-store'] },
      example: 'no-store',
    },
  },
  'WWW-Authenticate': {
    on: ({ status }) => status === 401,
    header: {
      description: 'How to authenticate (RFC 9110)',
      required: true,
      schema: { type: 'string' },
      example: 'ApiKey realm="allotment", header="X-API-Key", Bearer realm="allotment"',
    },
  },
  'Retry-After': {
    on: ({ status }) => status === 429 || status === 503,
    header: {
      description: 'Seconds to wait before the request is repeated',
      required: true,
      schema: { type: 'integer', minimum: 1 },
      example: 2,
    },
  },
  'RateLimit-Limit': {
    on: counted,
    header: {
      description: "Requests that the key's partner may send in a minute, over all its keys; not sent with limits off",
      schema: { type: 'integer', minimum: 0 },
      example: 6000,
    },
  },
  'RateLimit-Remaining': {
    on: counted,
    header: {
      description: 'Of those, how many are left',
      schema: { type: 'integer', minimum: 0 },
      example: 5999,
    },
  },
  'RateLimit-Reset': {
    on: counted,
    header: {
      description: 'Seconds until all of them may be sent again',
      schema: { type: 'integer', minimum: 0, maximum: 60 },
      example: 60,
    },
  },
};

/** Puts them on the answers that may have them, and what every request may carry on the requests. */
export function addSharedHeaders(document: OpenAPIObject): void {
  document.components = {
    ...document.components,
    headers: Object.fromEntries(Object.entries(HEADERS).map(([name, { header }]) => [name, header])),
  };
  for (const { operation } of operationsOf(document)) {
    // Decorators are applied from the last up: this is the order in which they are written.
    operation.parameters = [...[...(operation.parameters ?? [])].reverse(), REQUEST_ID];
    const keyed = (operation.security ?? []).length > 0;
    setHeaders(operation, (status, own) => ({ ...sharedHeadersOf({ status, keyed }), ...own }));
  }
}

const sharedHeadersOf = (answer: Answer): Record<string, HeaderObject> =>
  Object.fromEntries(
    Object.entries(HEADERS)
      .filter(([, { on }]) => on(answer))
      .map(([name]) => [name, { $ref: `#/components/headers/${name}` }]),
  );

const REQUEST_ID = {
  name: 'X-Request-Id',
  in: 'header' as const,
  required: false,
  description: 'An id of your own for this request, for your log and ours; by default we make one up',
  schema: { type: 'string' as const },
};
