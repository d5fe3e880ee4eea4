import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Serves the contract at /docs-json, and Swagger UI over it at /docs. */
export function setUpSwagger(app: INestApplication): void {
  const description =
    'What partners may sell, and holds on it. Authorize with your key; every refusal is a problem (RFC 9457) whose ' +
    '`code` says what happened and whose `detail` says what to do.';
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder()
      .setOpenAPIVersion('3.0.3')
      .setTitle('Allotment')
      .setDescription(description)
      .setVersion('1.0.0')
      .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'ApiKeyAuth')
      .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The same key as a Bearer token' }, 'BearerAuth')
      .build(),
    { operationIdFactory: (_, method) => method },
  );
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'Allotment API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true },
  });
}
