import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import type { Config } from '../config/config.js';
import { COMMITS, REFUSALS } from '../contract/refuses.js';
import type { ErrorCode } from '../domain/errors.js';
import { documentDeprecation } from './deprecation.js';
import { addSharedHeaders } from './headers.schema.js';
import { operationsOf } from './operations.js';
import { PROBLEM_SCHEMA, refusalResponses } from './problem.schema.js';

const DESCRIPTION =
  'What a partner may sell, and holds on it. Authorize with your key. Every refusal is a problem (RFC 9457): its ' +
  '`code` says what happened, its `detail` what to do.';

/** Refused before a route is looked at, or by what nobody foresaw. */
const ANY_ROUTE: readonly ErrorCode[] = ['request_timeout', 'headers_too_large', 'internal_error'];
/** An id may be missing, or too long to look for. */
const ROUTE_WITH_ID: readonly ErrorCode[] = ['not_found', 'uri_too_long'];
const KEYED_ROUTE: readonly ErrorCode[] = [
  'authentication_required',
  'invalid_api_key',
  'partner_suspended',
  'scope_missing',
  'rate_limited',
  'unavailable',
  'shutting_down',
];

const COMMITTING_ROUTE: readonly ErrorCode[] = [
  'malformed_request',
  'invalid_idempotency_key',
  'payload_too_large',
  'unsupported_media_type',
  'idempotency_key_reused',
  'overloaded',
  'outcome_unknown',
];

/** Serves the contract at /docs-json, and Swagger UI over it at /docs. It is made when somebody asks for it first: start-up is sooner done. */
export function setUpSwagger(app: INestApplication, config: Config): void {
  SwaggerModule.setup('docs', app, () => contractOf(app, config), {
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'Allotment API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true },
  });
}

function contractOf(app: INestApplication, config: Config): OpenAPIObject {
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder()
      .setOpenAPIVersion('3.0.3')
      .setTitle('Allotment')
      .setDescription(DESCRIPTION)
      .setVersion('1.0.0')
      .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
      .addServer('/', 'This service')
      .addTag('OTA Integration', 'What a partner may sell, what it costs, and the holds and sales of the partner.')
      .addTag('Operator desk', 'Partners, keys, allotments and the ledger: for keys with the scope admin.')
      .addTag('Health', 'For whoever watches the process; no key needed.')
      .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'ApiKeyAuth')
      .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The same key as a Bearer token' }, 'BearerAuth')
      .build(),
  );
  addRefusals(document);
  documentDeprecation(document, config);
  addSharedHeaders(document);
  return document;
}

/** Puts each route's refusals beside its answers, with the statuses of the one table. */
function addRefusals(document: OpenAPIObject): void {
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA },
  };
  for (const { url, method, operation } of operationsOf(document)) {
    // Says of a route without a key that none is meant.
    operation.security ??= [];
    const declared = operation as { [REFUSALS]?: readonly ErrorCode[]; [COMMITS]?: true };
    const codes = new Set([
      ...(operation.security.length > 0 ? KEYED_ROUTE : []),
      ...(declared[COMMITS] ? COMMITTING_ROUTE : []),
      ...(url.includes('{') ? ROUTE_WITH_ID : []),
      ...(declared[REFUSALS] ?? []),
      ...ANY_ROUTE,
    ]);
    // They were for this function alone.
    for (const name of [REFUSALS, COMMITS]) Reflect.deleteProperty(operation, name);
    Object.assign(operation.responses, refusalResponses([...codes], method));
  }
}
