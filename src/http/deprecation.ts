import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Config } from '../config/config.js';
import type { Refusal } from '../domain/errors.js';
import { operationsOf, setHeaders } from './operations.js';
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
  void reply.headers(announcement(config));
  return config.reservationApi === 'gone' ? goneTo(config.reservationApiSuccessor) : undefined;
}

const announcement = (config: ApiState): Readonly<Record<'deprecation' | 'sunset' | 'link', string>> => ({
  deprecation: `@${DEPRECATED_SINCE / 1000}`,
  sunset: new Date(`${config.reservationApiSunset}T00:00:00Z`).toUTCString(),
  link: `<${config.reservationApiSuccessor}>; rel="successor-version"`,
});

/** The same in the contract. */
export function documentDeprecation(document: OpenAPIObject, config: ApiState): void {
  if (config.reservationApi === 'on') return;
  for (const { url, method, operation } of operationsOf(document)) {
    if (!RESERVATION_ROUTES.test(url)) continue;
    operation.deprecated = true;
    operation.description = `Ends on ${config.reservationApiSunset}; its successor is ${config.reservationApiSuccessor}.`;
    if (config.reservationApi === 'gone') Object.assign(operation.responses, refusalResponses(['gone'], method));
    setHeaders(operation, (status, own) => (BEFORE_ROUTES.has(status) ? own : { ...own, ...documented(config) }));
  }
}

/** Refused before a route is found, so without a word of its end. */
const BEFORE_ROUTES = new Set([408, 414, 431]);

function documented(config: ApiState): Record<string, object> {
  const { deprecation, sunset, link } = announcement(config);
  return {
    Deprecation: header('Since when it is deprecated: @ and seconds since 1970 (RFC 9745)', deprecation),
    Sunset: header('When it ends (RFC 8594)', sunset),
    Link: header('Its successor (RFC 5829)', link),
  };
}

const header = (description: string, value: string): object => ({
  description,
  required: true,
  schema: { type: 'string', enum: [value] },
  example: value,
});

const goneTo = (successor: string): Refusal => ({
  code: 'gone',
  detail: `Reservations are no longer made here: use ${successor}. GET /api/ota/inventory goes on working.`,
});
