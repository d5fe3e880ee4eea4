import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

import type { Config } from '../config/config.js';
import { callerOf } from '../auth/caller.js';
import { DomainError } from '../domain/errors.js';
import type { HttpMetrics } from '../observability/http-metrics.js';
import type { Log } from '../observability/log.js';
import type { RequestTracker } from '../observability/request-tracker.js';
import { announceDeprecation } from './deprecation.js';
import { refusalOf, sendProblem } from './problem-reply.js';
import { problemOf } from './problem.js';
import { ANSWER_HEADERS, headersFor } from './security-headers.js';
import { validated } from './validators.js';

/** A client's own id is kept when it is safe to log. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;
/** A body of the largest size over a slow line arrives in time. */
const REQUEST_MAX_MS = 30_000;
const HEADERS_MAX_MS = 10_000;
/** Once a request has left its queue: tries, and the look-up of a COMMIT whose answer was lost, take less. */
const ANSWER_MAX_MS = 55_000;
/** Node looks for overdue ones this often; by default only every 30 s. */
const CHECK_EVERY_MS = 1_000;
/** Answers that wait on one connection. Node would take a thousand requests at a go, and keep all their answers. */
const PIPELINED_MAX = 128;
const HEADERS_MAX_BYTES = 16_384;
const PROBE = /^\/(health\/|metrics$)/;
/** One object with nothing in it that nests, or spells a name otherwise. */
const FLAT = /^\{[^{}[\]\\]*\}$/;
const FORM = 'application/x-www-form-urlencoded';

/** The HTTP server, with what goes wrong before a route is found told as problems too. */
export function createAdapter({
  bodyMaxBytes,
  queueWaitMaxMs,
  trustProxy,
}: Pick<Config, 'bodyMaxBytes' | 'queueWaitMaxMs' | 'trustProxy'>): FastifyAdapter {
  return new FastifyAdapter({
    // No middleware is used.
    skipMiddie: true,
    bodyLimit: bodyMaxBytes,
    // A request that trickles in doesn't keep its connection.
    requestTimeout: REQUEST_MAX_MS,
    // Nor does a client that asks and then takes nothing.
    connectionTimeout: queueWaitMaxMs + ANSWER_MAX_MS,
    http: {
      headersTimeout: HEADERS_MAX_MS,
      maxHeaderSize: HEADERS_MAX_BYTES,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      // Node would refuse with an empty body; our own hook does it.
      requireHostHeader: false,
    },
    trustProxy,
    // Stopping is told by our own hook, as a problem; what is still open once the requests are answered has nothing to say.
    return503OnClosing: false,
    forceCloseConnections: true,
    genReqId: (request: IncomingMessage) => {
      const own = request.headers['x-request-id'];
      return typeof own === 'string' && REQUEST_ID.test(own) ? own : randomUUID();
    },
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const refusal = error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? BAD_REQUEST.tooLong : BAD_REQUEST.url;
      void sendProblem(reply.headers(ANSWER_HEADERS), request, new DomainError(refusal));
    },
    clientErrorHandler: answerUnreadable,
  });
}

export interface Hooked {
  readonly config: Config;
  readonly log: Log;
  readonly requests: RequestTracker;
  readonly metrics: HttpMetrics;
}

/** Request ids out, the log line and the measure of each request, and the refusal of new ones while stopping. */
export function addHooks(app: NestFastifyApplication, { config, log, requests, metrics }: Hooked): void {
  const server = app.getHttpAdapter().getInstance();
  // Node would leave out those after the thousandth, `Upgrade` and `Content-Length` too; HEADERS_MAX_BYTES bounds them all.
  server.server.maxHeadersCount = 0;
  // An expectation that isn't known may be ignored (RFC 9110); Node would refuse it with an empty body.
  server.server.on('checkExpectation', (request, response) => server.server.emit('request', request, response));
  server.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    if (requests.started(socket) > PIPELINED_MAX) {
      socket.destroy();
      return;
    }
    // 'close' comes for an answer that its client didn't wait for, too; onResponse doesn't.
    reply.raw.once('close', () => {
      requests.ended(socket);
    });
    void reply.headers(headersFor(request.url)).header('x-request-id', request.id);
    const stopping = requests.draining && !request.url.startsWith('/health/');
    const nowhere = request.headers.host === undefined && request.raw.httpVersion === '1.1';
    // Node's parser goes wrong at what follows an Upgrade that nobody took.
    const ends = stopping || nowhere || request.headers.upgrade !== undefined;
    if (ends) void reply.header('connection', 'close');
    const refusal = nowhere ? BAD_REQUEST.host : stopping ? STOPPING : announceDeprecation(config, request, reply);
    if (refusal) void sendProblem(reply, request, new DomainError(refusal));
    else done();
  });
  server.addHook('onSend', (request, reply, payload, done) => {
    done(null, validated(request, reply, payload));
  });
  server.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    const { statusCode: status, elapsedTime: ms } = reply;
    const route = routeOptions.url;
    // Probes and scrapes come every few seconds, for ever.
    const level = PROBE.test(route ?? '') ? 'debug' : 'info';
    log[level]({ request_id: request.id, method, route, status, ms: Math.round(ms * 10) / 10 }, 'http.request');
    const partnerId = callerOf(request)?.partner.id;
    metrics.answered({ method, route, status, seconds: ms / 1000, partnerId, code: refusalOf(request) });
    done();
  });
}

/** JSON, and JSON under the Content-Type that curl -d sends when none is named; a real form is refused. */
export function addBodyParsers(app: NestFastifyApplication, { bodyMaxBytes }: Pick<Config, 'bodyMaxBytes'>): void {
  const options = { bodyLimit: bodyMaxBytes };
  app.getHttpAdapter().getInstance().removeContentTypeParser('text/plain');
  app.useBodyParser('application/json', options, (_request, body: Buffer, done) => {
    readJson(body, done);
  });
  app.useBodyParser(FORM, options, (_request, body: Buffer, done) => {
    const text = body.toString().trim();
    if (text === '' || text.startsWith('{')) readJson(body, done);
    else done(new DomainError(A_FORM));
  });
}

function readJson(body: Buffer, done: (error: Error | null, value?: unknown) => void): void {
  const text = body.toString();
  if (text.trim() === '') {
    done(null, undefined);
    return;
  }
  let value: unknown;
  try {
    // A reviver visits each member, and gives up on what is nested too deep for all that comes after it.
    value = JSON.parse(text, FLAT.test(text) && !text.includes('__proto__') ? undefined : refusePrototypes);
  } catch (error) {
    done(error instanceof DomainError ? error : new DomainError(NOT_JSON, { cause: error }));
    return;
  }
  done(null, value);
}

function refusePrototypes(name: string, value: unknown): unknown {
  if (name === '__proto__')
    throw new DomainError({ code: 'malformed_request', detail: 'A body may not have a member named __proto__.' });
  return value;
}

/** What isn't even HTTP is answered on the bare socket. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = UNREADABLE[error.code ?? ''] ?? BAD_REQUEST.http;
  const { status, headers, body } = problemOf(new DomainError(refusal), randomUUID());
  const text = JSON.stringify(body);
  const lines = Object.entries({
    ...ANSWER_HEADERS,
    ...headers,
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  socket.end(
    `HTTP/1.1 ${status} ${body.title}\r\n${lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n${text}`,
  );
}

const NOT_JSON = {
  code: 'malformed_request',
  detail: 'The body is not valid JSON. Send a JSON object with Content-Type: application/json.',
} as const;
const A_FORM = {
  code: 'unsupported_media_type',
  detail: 'The body is a form. Send a JSON object with Content-Type: application/json.',
} as const;
const STOPPING = {
  code: 'shutting_down',
  detail: 'This instance is stopping. Nothing was applied: repeat the request after the time in Retry-After.',
} as const;
const BAD_REQUEST = {
  url: { code: 'malformed_request', detail: 'The URL is not valid: check its percent-encoding.' },
  tooLong: { code: 'uri_too_long', detail: 'A part of the path is too long.' },
  host: { code: 'malformed_request', detail: 'A request of HTTP/1.1 has a Host header.' },
  http: { code: 'malformed_request', detail: 'This is not an HTTP request that this server can read.' },
} as const;
const UNREADABLE: Partial<Record<string, { code: 'headers_too_large' | 'request_timeout'; detail: string }>> = {
  HPE_HEADER_OVERFLOW: { code: 'headers_too_large', detail: 'The request headers are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'request_timeout', detail: 'The request took too long to arrive.' },
};
