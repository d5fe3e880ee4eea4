import { STATUS_CODES } from 'node:http';

import { DomainError, ERROR_CODES } from '../../src/domain/errors.js';
import { PROBLEM_TYPE, problemOf, PROBLEMS } from '../../src/http/problem.js';

describe.each(ERROR_CODES)('the problem %s', (code) => {
  const facts = { product_id: 106, requested: 5, available: 2, errors: [{ pointer: '/quantity', detail: 'too many' }] };
  const error = new DomainError({ code, detail: 'What to do.', facts });
  const { status, headers, body } = problemOf(error, 'req-1');

  it('has the members of RFC 9457, and the facts', () => {
    expect(body).toEqual({
      type: `urn:allotment:problem:${code.replaceAll('_', '-')}`,
      title: PROBLEMS[code].title,
      status,
      detail: 'What to do.',
      instance: 'urn:allotment:request:req-1',
      code,
      ...facts,
    });
    expect(JSON.parse(JSON.stringify(body))).toEqual(body);
    for (const uri of [body.type, body.instance]) expect(URL.canParse(uri)).toBe(true);
    expect(body.title).toMatch(/^[A-Z].*[^.]$/);
  });

  it('has the status of a refusal, the same in body and reply', () => {
    expect(body.status).toBe(status);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(STATUS_CODES[status]).toBeDefined();
    expect(headers['content-type']).toBe(PROBLEM_TYPE);
  });

  it('says how to authenticate when that is missing, and when to come back when the server is at its limit', () => {
    expect(headers['www-authenticate'] !== undefined).toBe(status === 401);
    expect(headers['retry-after'] !== undefined).toBe(status === 503);
    expect(headers['retry-after'] ?? '1').toMatch(/^[1-9]\d*$/);
  });
});

describe('problems', () => {
  it('have a title of their own each', () => {
    const titles = ERROR_CODES.map((code) => PROBLEMS[code].title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('challenge with both schemes of RFC 9110, each with a realm', () => {
    const { headers } = problemOf(new DomainError({ code: 'invalid_api_key', detail: '' }), 'r');
    expect(headers['www-authenticate']).toMatch(/^ApiKey realm="[^"]+".*, Bearer realm="[^"]+"$/);
  });

  it('leave facts out that are not there', () => {
    const { body } = problemOf(new DomainError({ code: 'not_found', detail: 'None.' }), 'r');
    expect(Object.keys(body)).toEqual(['type', 'title', 'status', 'detail', 'instance', 'code']);
  });
});
