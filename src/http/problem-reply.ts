import type { FastifyReply, FastifyRequest } from 'fastify';

import type { DomainError, ErrorCode } from '../domain/errors.js';
import { problemOf } from './problem.js';

const refusals = new WeakMap<FastifyRequest, ErrorCode>();

/** Answers with a problem, unless an answer is on its way already. */
export async function sendProblem(reply: FastifyReply, request: FastifyRequest, error: DomainError): Promise<void> {
  const { status, headers, body } = problemOf(error, request.id);
  refusals.set(request, error.code);
  if (!reply.sent) await reply.status(status).headers(headers).send(JSON.stringify(body));
}

/** Why a request was refused; `undefined` when it wasn't. */
export const refusalOf = (request: FastifyRequest): ErrorCode | undefined => refusals.get(request);
