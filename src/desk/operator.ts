import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import { callerOf } from '../auth/caller.js';

/** Who works at the desk: through the API with a key, or at the command line. */
export interface Operator {
  /** `key:12`, `cli:anna`: what ledger and log say. */
  readonly actor: string;
  /** Whose idempotency keys it uses; the command line has none. */
  readonly partnerId: string | undefined;
}

/** Parameter of a handler: who calls, by the key that the guard found. */
export const CurrentOperator = createParamDecorator((_: unknown, context: ExecutionContext): Operator => {
  const caller = callerOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (!caller) throw new Error('a public route has no operator');
  return { actor: caller.actor, partnerId: caller.partner.id };
});
