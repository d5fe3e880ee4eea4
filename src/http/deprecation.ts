import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Config } from '../config/config.js';
import type { Refusal } from '../domain/errors.js';
import { refusalResponses } from './problem.schema.js';

/** Held against the route that was found, since the router decodes what a URL may hide; against the URL when none was. */
const RESERVATION_ROUTES = /^\/api\/ota\/(?:reserve|reservations)(?![\w-])/;

/** When the customer's card declared the reservation API deprecated. */
const DEPRECATED_SINCE = Date.parse('2025-12-09T00:00:00+08:00');

type ApiState = Pick<Config, 'reservationApi' | 'reservationApiSuccessor' | 'reservationApiSunset'>;

/**
 * Tells users of the reservation API that it is on its way out, on every answer, a refusal included.
 *
 * @returns why the request can't be served, once the API is gone
 * @see RFC 9745 for `Deprecation`, RFC 8594 for `Sunset`, RFC 5829 for `successor-version`
 */
export function announceDeprecation(
  config: ApiState,
  request: FastifyRequest,
  reply: FastifyReply,
): Refusal | undefined {
  if (config.reservationApi === 'on' || !RESERVATION_ROUTES.test(request.routeOptions.url ?? request.url))
    return undefined;
  void reply.headers({
    deprecation: `@${DEPRECATED_SINCE / 1000}`,
    sunset: new Date(`${config.reservationApiSunset}T00:00:00Z`).toUTCString(),
    link: `<${config.reservationApiSuccessor}>; rel="successor-version"`,
  });
  return config.reservationApi === 'gone' ? goneTo(config.reservationApiSuccessor) : undefined;
}

/** The same in the contract. */
export function documentDeprecation(document: OpenAPIObject, config: ApiState): void {
  if (config.reservationApi === 'on') return;
  for (const [url, path] of Object.entries(document.paths)) {
    if (!RESERVATION_ROUTES.test(url)) continue;
    for (const operation of [path.get, path.post]) {
      if (!operation) continue;
      operation.deprecated = true;
      if (config.reservationApi === 'gone') Object.assign(operation.responses, refusalResponses(['gone']));
      operation.description = `Ends on ${config.reservationApiSunset}; its successor is ${config.reservationApiSuccessor}.`;
    }
  }
}

const goneTo = (successor: string): Refusal => ({
  code: 'gone',
  detail: `Reservations are no longer made here: use ${successor}. GET /api/ota/inventory goes on working.`,
});
