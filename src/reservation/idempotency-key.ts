import { createHash } from 'node:crypto';

import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import stringify from 'safe-stable-stringify';

import { Commits } from '../contract/refuses.js';
import { DomainError } from '../domain/errors.js';

/**
 * The client's `Idempotency-Key`.
 *
 * @throws DomainError `invalid_idempotency_key`
 * @see draft-ietf-httpapi-idempotency-key-header
 */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw new DomainError({
      code: 'invalid_idempotency_key',
      detail: 'Idempotency-Key takes 1 to 255 printable ASCII characters, such as a UUID.',
      facts: { errors: [{ parameter: 'Idempotency-Key', detail: 'must be 1 to 255 printable ASCII characters' }] },
    });
  }
  return key;
}

/** Parameter of a handler: the client's `Idempotency-Key`. */
export const IdempotencyKeyHeader = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined =>
  idempotencyKeyOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** A route that changes units: it takes a key, and shares the refusals of everything that is committed. */
export const Idempotent = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Repeating a request under the same key does nothing twice and gets the first answer',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
    Commits(),
  );

/** Headers of an answer that was given before. */
export const REPLAY_HEADERS = {
  'Idempotency-Replayed': {
    description: '`true` when the work had been done before: nothing was done twice',
    schema: { type: 'string' as const, enum: ['true'] },
  },
};

/** SHA-256 in hex of an operation and its body, whatever the order of the body's members. */
export const fingerprint = (operation: string, body: object): string =>
  createHash('sha256')
    .update(`${operation}\n${stringify(body)}`)
    .digest('hex');
