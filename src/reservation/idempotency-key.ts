import { createHash } from 'node:crypto';

import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import stringify from 'safe-stable-stringify';

import { DomainError } from '../domain/errors.js';

/** Parameter of a handler: the client's `Idempotency-Key`. @see draft-ietf-httpapi-idempotency-key-header */
export const IdempotencyKeyHeader = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined => {
    const key = context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key'];
    if (key === undefined) return undefined;
    if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
      throw new DomainError({
        code: 'invalid_idempotency_key',
        detail: 'Idempotency-Key takes 1 to 255 printable ASCII characters, such as a UUID.',
        facts: { errors: [{ parameter: 'Idempotency-Key', detail: 'must be 1 to 255 printable ASCII characters' }] },
      });
    }
    return key;
  },
);

/** SHA-256 in hex of an operation and its body, whatever the order of the body's members. */
export const fingerprint = (operation: string, body: object): string =>
  createHash('sha256')
    .update(`${operation}\n${stringify(body)}`)
    .digest('hex');
