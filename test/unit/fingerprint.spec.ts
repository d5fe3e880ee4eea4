import fc from 'fast-check';

import { fingerprint } from '../../src/reservation/idempotency-key.js';

describe('fingerprint', () => {
  const body = { product_id: 106, quantity: 5, reservation_expires_at: '2026-12-24T14:30:00Z' };

  it('is a SHA-256 in hex', () => {
    expect(fingerprint('reserve', body)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('does not depend on the order of members, at any depth', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      const entries = Object.entries(value).reverse();
      return Object.fromEntries(entries.map(([name, part]) => [name, reversed(part)]));
    };
    const bodies = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(bodies, (one) => {
        expect(fingerprint('reserve', reversed(one) as object)).toBe(fingerprint('reserve', one));
      }),
    );
  });

  it('takes a member that is undefined for one that is missing', () => {
    const { reservation_expires_at: _, ...rest } = body;
    expect(fingerprint('reserve', { ...rest, reservation_expires_at: undefined })).toBe(fingerprint('reserve', rest));
  });

  it.each<[string, string, object]>([
    ['another operation', 'activate', body],
    ['another value', 'reserve', { ...body, quantity: 6 }],
    ['a value of another type', 'reserve', { ...body, quantity: '5' }],
    ['the same instant written otherwise', 'reserve', { ...body, reservation_expires_at: '2026-12-24T14:30:00+00:00' }],
    ['a member more', 'reserve', { ...body, note: '' }],
    ['a null', 'reserve', { ...body, reservation_expires_at: null }],
    ['no members', 'reserve', {}],
  ])('differs for %s', (_, operation, other) => {
    expect(fingerprint(operation, other)).not.toBe(fingerprint('reserve', body));
  });
});
