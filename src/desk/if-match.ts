import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import { DomainError } from '../domain/errors.js';

/** Which version a change is meant for; absent when any will do. */
export interface IfMatch {
  readonly version: string | undefined;
}

/**
 * Parameter of a handler: `If-Match`, without which nothing is changed.
 *
 * @throws DomainError `precondition_required`
 * @see RFC 9110, section 13.1.1, and RFC 6585, section 3
 */
export const IfMatchHeader = createParamDecorator((_: unknown, context: ExecutionContext): IfMatch => {
  const { 'if-match': text } = context.switchToHttp().getRequest<FastifyRequest>().headers;
  if (text === undefined || text.trim() === '') {
    throw new DomainError({
      code: 'precondition_required',
      detail:
        'Say which allotment the change is meant for: send the ETag that GET gave you in If-Match, or * for whatever it is now.',
      facts: { errors: [{ parameter: 'If-Match', detail: 'must be sent' }] },
    });
  }
  if (text.trim() === '*') return { version: undefined };
  // A weak tag never matches; one without quotes is taken for what was meant.
  return { version: text.trim().replace(/^"(.*)"$/, '$1') };
});
