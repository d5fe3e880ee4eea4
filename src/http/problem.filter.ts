import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { sendProblem } from './problem-reply.js';
import { PROBLEMS } from './problem.js';
import { isServerAway } from '../database/mysql-errors.js';
import { DomainError, type Refusal } from '../domain/errors.js';
import { LOG, type Log } from '../observability/log.js';

/** Whatever is thrown leaves as a problem (RFC 9457), and what nobody foresaw as a 500 that tells nothing of the inside. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = asDomainError(thrown, request);
    if (PROBLEMS[error.code].status >= 500)
      this.log.error({ request_id: request.id, code: error.code, err: error.cause ?? thrown }, 'request failed');
    await sendProblem(reply, request, error);
  }
}

/** What Fastify and Nest throw by themselves, by HTTP status. */
function asDomainError(thrown: unknown, request: FastifyRequest): DomainError {
  if (thrown instanceof DomainError) return thrown;
  // Reads only: the write path tells by itself whether anything was applied.
  if (isServerAway(thrown)) return new DomainError(DATABASE_AWAY, { cause: thrown });
  const status =
    thrown instanceof HttpException ? thrown.getStatus() : Number((thrown as { statusCode?: unknown }).statusCode);
  // A fault of the client stays one, whichever it is: the files of /docs know conditions and ranges.
  const refusal = FRAMEWORK_REFUSALS[status] ?? (status >= 400 && status < 500 ? () => UNSERVABLE : undefined);
  return new DomainError(refusal ? refusal(request, thrown) : INTERNAL, { cause: thrown });
}

const FRAMEWORK_REFUSALS: Partial<Record<number, (request: FastifyRequest, thrown: unknown) => Refusal>> = {
  400: () => ({
    code: 'malformed_request',
    detail: 'The request body is not valid JSON. Send a JSON object with Content-Type: application/json.',
  }),
  404: ({ method, url }) => ({
    code: 'not_found',
    detail: `There is no ${method} ${url.split('?', 1)[0]?.slice(0, 200)}. /docs lists all routes.`,
  }),
  408: () => ({ code: 'request_timeout', detail: 'The request took too long to arrive.' }),
  413: ({ routeOptions }) => ({
    code: 'payload_too_large',
    detail: `The body is larger than ${routeOptions.bodyLimit} bytes.`,
  }),
  414: () => ({ code: 'uri_too_long', detail: 'The URL is too long.' }),
  415: () => ({ code: 'unsupported_media_type', detail: 'Send a JSON object with Content-Type: application/json.' }),
};

const UNSERVABLE: Refusal = {
  code: 'malformed_request',
  detail: 'The request asks for what cannot be given: check its headers.',
};

const DATABASE_AWAY: Refusal = {
  code: 'unavailable',
  detail: 'The database does not answer at the moment. Repeat the request after the time in Retry-After.',
};

const INTERNAL: Refusal = {
  code: 'internal_error',
  detail:
    'Something went wrong on our side; the operator finds it in the log by this instance. Repeat the request with its Idempotency-Key.',
};
