import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import { REFUSALS } from '../contract/refuses.js';
import type { ErrorCode } from '../domain/errors.js';
import { ChannelReservation } from '../reservation/reservation.dto.js';
import { PROBLEM_SCHEMA, refusalResponses } from './problem.schema.js';

const DESCRIPTION =
  'What a partner may sell, and holds on it. Authorize with your key. Every refusal is a problem (RFC 9457): its ' +
  '`code` says what happened, its `detail` what to do.';

const ANY_ROUTE: readonly ErrorCode[] = ['internal_error', 'shutting_down'];
const KEYED_ROUTE: readonly ErrorCode[] = [
  'authentication_required',
  'invalid_api_key',
  'partner_suspended',
  'scope_missing',
];

/** Serves the contract at /docs-json, and Swagger UI over it at /docs. */
export function setUpSwagger(app: INestApplication): void {
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder()
      .setOpenAPIVersion('3.0.3')
      .setTitle('Allotment')
      .setDescription(DESCRIPTION)
      .setVersion('1.0.0')
      .addTag('OTA Integration')
      .addTag('Health')
      .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'ApiKeyAuth')
      .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The same key as a Bearer token' }, 'BearerAuth')
      .build(),
    { extraModels: [ChannelReservation] },
  );
  addRefusals(document);
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'Allotment API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true },
  });
}

/** Puts each route's refusals beside its answers, with the statuses of the one table. */
function addRefusals(document: OpenAPIObject): void {
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA },
  };
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.post, path.put, path.patch, path.delete]) {
      if (!operation) continue;
      const { [REFUSALS]: declared = [] } = operation as { [REFUSALS]?: readonly ErrorCode[] };
      const codes = new Set([...(operation.security ? KEYED_ROUTE : []), ...declared, ...ANY_ROUTE]);
      Object.assign(operation.responses, refusalResponses([...codes]));
    }
  }
}
