import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import type { PartnerTerms } from '../domain/command.js';
import type { Scope } from './scopes.js';

/** Who asks, as the guard found it, and the id of the request for the log. */
export interface Caller {
  readonly partner: PartnerTerms;
  /** The key, for the ledger: `key:12`. */
  readonly actor: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly requestId: string;
}

/** On the request itself: a WeakMap costs each request as much as the look-up of its key. */
const CALLER = Symbol('CALLER');
type Called = FastifyRequest & { [CALLER]?: Caller };

/** Only the guard says who calls. */
export const setCaller = (request: Called, caller: Caller): void => {
  request[CALLER] = caller;
};

/** Who asks; `undefined` on a public route, or when the key was no good. */
export const callerOf = (request: Called): Caller | undefined => request[CALLER];

/** Who asks, on a route that is not public. */
export function authenticated(request: Called): Caller {
  const caller = callerOf(request);
  if (!caller) throw new Error('a public route has no caller');
  return caller;
}

/** Parameter of a handler: the authenticated caller. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  authenticated(context.switchToHttp().getRequest<FastifyRequest>()),
);
