import type { Problem, Reply } from './api.js';

/** What must never leave the service: stack frames, SQL, paths of its sources. */
export const INSIDE = /\bat \S+ \(|node_modules|\.[jt]s:\d+|\bSELECT\b|\bINSERT INTO\b|\bER_[A-Z_]+|Exception\b/;

/** The answer is a problem (RFC 9457) of this kind, complete, and tells nothing of the inside. @returns its body */
export function expectProblem(reply: Reply<unknown>, status: number, code: string): Problem {
  const body = reply.body as Problem;
  expect({ status: reply.status, body }).toEqual({
    status,
    body: expect.objectContaining({ status, code, type: `urn:allotment:problem:${code.replaceAll('_', '-')}` }),
  });
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
  expect(body.title).not.toBe('');
  expect(body.detail).toMatch(/\S/);
  expect(reply.text).not.toMatch(INSIDE);
  expect(body.instance).toBe(`urn:allotment:request:${reply.headers.get('x-request-id')}`);
  return body;
}
