import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { DomainError } from '../domain/errors.js';
import { ApiKeys, type Grant } from './api-keys.service.js';
import { setCaller } from './caller.js';
import { isMistyped } from './key-format.js';
import { type Allowance, RateLimits, tooManyRequests } from './rate-limits.js';
import { ACCESS, type Access } from './scopes.js';

/** Every route passes here: who calls, and may they. Denies by default. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly limits: RateLimits,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.get<Access | undefined>(ACCESS, context.getHandler());
    if (access === 'anyone') return true;

    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const key = presentedKey(request.headers);
    if (key === undefined) throw new DomainError(NO_KEY);
    const grant = this.keys.known(key) ?? (await this.find(key, request, reply));
    setCaller(request, { partner: grant.partner, actor: grant.actor, scopes: grant.scopes, requestId: request.id });
    tell(reply, await this.limits.request(grant.partner.id, grant.requestsPerMinuteMax));
    if (grant.suspended) throw new DomainError(SUSPENDED);
    if (!access?.some((scope) => grant.scopes.has(scope))) {
      throw new DomainError({
        code: 'scope_missing',
        detail: `This key lacks the scope ${access?.join(' or ') ?? 'that this route needs'}. Ask the operator for a key that has it.`,
      });
    }
    return true;
  }

  /** A look-up counts as a guess of the address until the key proves good, so that guesses sent together count too. */
  private async find(key: string, request: FastifyRequest, reply: FastifyReply): Promise<Grant> {
    const grant = await this.keys.find(key, async (lookUp) => {
      tell(reply, await this.limits.guess(request.ip));
      // A typo is told without a look-up, but guesses of any form count.
      if (isMistyped(key)) throw new DomainError(MISTYPED_KEY);
      const found = await lookUp();
      if (found) await this.limits.forgiveGuess(request.ip);
      return found;
    });
    if (!grant) throw new DomainError(BAD_KEY);
    return grant;
  }
}

/**
 * Puts the allowance on the answer, whatever the answer will be.
 *
 * @throws DomainError `rate_limited` when it is used up
 * @see draft-ietf-httpapi-ratelimit-headers
 */
function tell(reply: FastifyReply, allowance: Allowance | undefined): void {
  if (!allowance) return;
  void reply.headers({
    'ratelimit-limit': allowance.limit,
    'ratelimit-remaining': allowance.remaining,
    'ratelimit-reset': allowance.resetSeconds,
  });
  if (allowance.exceeded) throw tooManyRequests(allowance);
}

/** `X-API-Key` goes first; the same key is taken as a Bearer token. */
function presentedKey(headers: FastifyRequest['headers']): string | undefined {
  const apiKey = headers['x-api-key'];
  if (typeof apiKey === 'string' && apiKey !== '') return apiKey;
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

const HOW =
  'Send your key in the header X-API-Key (or as Authorization: Bearer). Keys come from the operator that runs this service.';

const NO_KEY = { code: 'authentication_required', detail: `No API key was sent. ${HOW}` } as const;
const BAD_KEY = { code: 'invalid_api_key', detail: `This API key is unknown, expired or revoked. ${HOW}` } as const;
const MISTYPED_KEY = {
  code: 'invalid_api_key',
  detail: `This API key is mistyped: a character is wrong, missing or too many. Copy all of it once more. ${HOW}`,
} as const;
const SUSPENDED = {
  code: 'partner_suspended',
  detail: 'This partner is suspended. Contact the operator that runs this service.',
} as const;
