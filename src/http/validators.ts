import { hash } from 'node:crypto';

import type { FastifyReply, FastifyRequest } from 'fastify';

import { REVALIDATE } from '../contract/caching.js';

/**
 * Answers are not to be kept (`no-store`), but for those of routes that say {@link REVALIDATE}: these get an ETag, and 304
 * without a body when the client has the same one already. @see RFC 9110, section 13
 */
export function validated(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  if (reply.getHeader('cache-control') !== REVALIDATE || reply.statusCode !== 200 || typeof payload !== 'string') {
    void reply.header('cache-control', 'no-store');
    return payload;
  }
  const etag = `"${hash('sha256', payload, 'base64url')}"`;
  void reply.header('etag', etag);
  // Fastify tells a HEAD the length of a body, and a 304 has none: HEAD gets the ETag itself.
  if (request.method === 'HEAD' || !matches(request.headers['if-none-match'], etag)) return payload;
  void reply.status(304).removeHeader('content-type').removeHeader('content-length');
  return null;
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known !== undefined && (known.includes('*') || known.includes(etag));
}
