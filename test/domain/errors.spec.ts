import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { DomainError, ERROR_CODES } from '../../src/domain/errors.js';

/** The codes in the table of docs/api.md, whose rows begin with a status. */
function documentedCodes(): string[] {
  const texts = ['api.md', 'admin.md'].map((name) => readFileSync(join(__dirname, '..', '..', 'docs', name), 'utf8'));
  const rows = texts
    .join('\n')
    .split('\n')
    .filter((line) => /^\| [45]\d\d\b/.test(line));
  return rows.flatMap((row) => [...(row.split('|')[2] ?? '').matchAll(/`(\w+)`/g)].map(([, code]) => code ?? ''));
}

describe('the codes that clients act on', () => {
  it('are those that docs/api.md and docs/admin.md explain, once each', () => {
    expect([...ERROR_CODES].sort()).toEqual(documentedCodes().sort());
  });
});

describe('DomainError', () => {
  it('carries the refusal and its cause', () => {
    const cause = new Error('inside');
    const error = new DomainError({ code: 'not_found', detail: 'There is none.', facts: { product_id: 1 } }, { cause });
    expect(error).toMatchObject({ name: 'DomainError', code: 'not_found', message: 'There is none.', cause });
    expect(error.facts).toEqual({ product_id: 1 });
  });

  it('has no facts when the refusal has none', () => {
    expect(new DomainError({ code: 'not_found', detail: '' }).facts).toEqual({});
  });

  it('knows when to come back, where that is known', () => {
    const refusal = { code: 'rate_limited', detail: '' } as const;
    expect(new DomainError(refusal, { retryAfterSeconds: 3 }).retryAfterSeconds).toBe(3);
    expect(new DomainError(refusal).retryAfterSeconds).toBeUndefined();
  });
});
