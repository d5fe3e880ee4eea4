import { createHash } from 'node:crypto';

import type { Reply } from '../support/api.js';
import { bootApp } from '../support/app.js';
import { useDesk } from '../support/desk.js';
import { addKey, changeKey } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { range, tally } from '../support/stock.js';
import { eventually } from '../support/wait.js';

/** A request may be under way when the time is up. */
const WITHIN_MS = 5_500;

const desk = useDesk();

interface Key {
  readonly key_id: number;
  readonly prefix: string;
  readonly status: string;
  readonly expires_at: string | null;
  readonly secret: string;
}

const SCOPES = ['inventory:read', 'reservations:write'];

async function makeKey(partner = 'partner-a', body: object = {}): Promise<Key> {
  const reply = await desk.ask<Key>(`POST partners/${partner}/keys`, {
    label: 'made by a test',
    scopes: SCOPES,
    ...body,
  });
  expect(reply.status).toBe(201);
  return reply.body;
}

const opens = async (key: string): Promise<number> => (await desk.api.inventory(key)).status;
const idOf = async (key: string): Promise<number> => {
  const [row] = await desk.database.rows<{ id: number }>(
    'SELECT id FROM api_keys WHERE key_sha256 = UNHEX(SHA2(?, 256))',
    [key],
  );
  return row?.id ?? 0;
};

describe('a new key', () => {
  it('is shown once, works at once, and is kept as its SHA-256 alone', async () => {
    const reply = await desk.ask<Key>('POST partners/partner-a/keys', {
      label: 'Booking engine',
      scopes: ['reservations:write', 'inventory:read', 'inventory:read'],
      expires_at: '2037-01-01T00:00:00+08:00',
      reason: 'Contract',
    });
    const { secret, ...shown } = reply.body;
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect([reply.status, shown]).toEqual([
      201,
      {
        key_id: expect.any(Number),
        prefix: secret.slice(0, 14),
        partner_id: 'partner-a',
        label: 'Booking engine',
        scopes: ['inventory:read', 'reservations:write'],
        status: 'active',
        created_at: expect.any(String),
        expires_at: '2036-12-31T16:00:00.000Z',
        revoked_at: null,
      },
    ]);
    expect(await opens(secret)).toBe(200);
    const [row] = await desk.database.rows<{ key_sha256: Buffer; key_prefix: string }>(
      'SELECT key_sha256, key_prefix FROM api_keys WHERE id = ?',
      [shown.key_id],
    );
    expect(row).toEqual({ key_sha256: createHash('sha256').update(secret).digest(), key_prefix: shown.prefix });

    const listed = await Promise.all([
      desk.ask(`GET keys?prefix=${shown.prefix}`),
      desk.ask('GET partners/partner-a'),
      desk.ask('GET keys?partner_id=partner-a&status=active'),
    ]);
    expect(listed[0].body).toEqual({ keys: [shown], next_cursor: null });
    for (const { body } of listed) expect((body['keys'] as Key[])[0]).toEqual(shown);
    expect(await desk.log('key', String(shown.key_id))).toMatchObject([
      { action: 'key.created', reason: 'Contract', details: { partner_id: 'partner-a', prefix: shown.prefix } },
    ]);
    await expectNoTrace(secret);
  });

  it.each([
    [{ label: '' }, '/label must not be blank'],
    [{ label: 'x'.repeat(101) }, '/label may have at most 100 characters'],
    [{ scopes: [] }, '/scopes must name one at least of inventory:read, reservations:read, reservations:write, admin'],
    [
      { scopes: ['admin', 'root'] },
      '/scopes/1 must be one of inventory:read, reservations:read, reservations:write, admin',
    ],
    [
      { scopes: Array<string>(5).fill('admin') },
      '/scopes may name each of inventory:read, reservations:read, reservations:write, admin once',
    ],
    [
      { expires_at: 'tomorrow' },
      '/expires_at must be an ISO 8601 date and time with an offset, such as 2027-01-31T00:00:00Z',
    ],
    [{ expires_at: '2020-01-01T00:00:00Z' }, '/expires_at must lie in the future'],
    [
      { expires_at: '2099-01-01T00:00:00Z' },
      '/expires_at must lie before 2038-01-19; leave it out for a key without an end',
    ],
  ])('with a bad value is 422 and says which: %j', async (change, fault) => {
    expect(await desk.faults('POST partners/partner-a/keys', { label: 'x', scopes: SCOPES, ...change })).toEqual([
      fault,
    ]);
  });

  it.each([
    { label: 'x' },
    { label: 'x', scopes: 'admin' },
    { label: 'x', scopes: [1] },
    { label: 'x', scopes: SCOPES, secret: 'mine' },
  ])('of the wrong shape is 400: %j', async (body) => {
    expectProblem(await desk.ask('POST partners/partner-a/keys', body), 400, 'malformed_request');
  });

  it('is of a partner that is there', async () => {
    const body = { label: 'x', scopes: SCOPES };
    expectProblem(await desk.ask('POST partners/nobody/keys', body), 404, 'partner_not_found');
    expectProblem(await desk.ask('POST partners/%D1%8F/keys', body), 404, 'partner_not_found');
  });

  it('has a number of its own, however many are made at once', async () => {
    const keys = await Promise.all(range(0, 8).map(() => makeKey('partner-b')));
    expect(new Set(keys.map(({ key_id }) => key_id)).size).toBe(8);
    expect(await Promise.all(keys.map(({ secret }) => opens(secret)))).toEqual(Array(8).fill(200));
  });
});

describe('rotation', () => {
  it('makes a new key like the old one, which works for a day more', async () => {
    const old = await makeKey();
    const reply = await desk.ask<{ key: Key; replaced: Key }>(`POST keys/${old.key_id}/rotate`);
    expect([reply.status, reply.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const { key, replaced } = reply.body;
    expect(key).toMatchObject({ label: 'made by a test', scopes: SCOPES, status: 'active', expires_at: null });
    expect(replaced).toMatchObject({ key_id: old.key_id, status: 'active' });
    expect(Date.parse(replaced.expires_at ?? '') - Date.now()).toBeGreaterThan(86_400_000 - 60_000);
    expect(Date.parse(replaced.expires_at ?? '') - Date.now()).toBeLessThan(86_400_000 + 60_000);
    expect([await opens(old.secret), await opens(key.secret)]).toEqual([200, 200]);
    expect(await desk.log('key', String(old.key_id))).toMatchObject([
      { action: 'key.rotated', details: { new_key_id: key.key_id, overlap_seconds: 86_400 } },
      { action: 'key.created' },
    ]);
    expect(await desk.log('key', String(key.key_id))).toMatchObject([
      { action: 'key.created', details: { prefix: key.prefix, in_place_of_key_id: old.key_id } },
    ]);
    await expectNoTrace(key.secret);
  });

  it('without an overlap ends the old key at once', async () => {
    const old = await makeKey();
    expect(await opens(old.secret)).toBe(200);
    const { body } = await desk.ask<{ key: Key; replaced: Key }>(`POST keys/${old.key_id}/rotate`, {
      overlap_seconds: 0,
    });
    expect(body.replaced.status).toBe('expired');
    expect([await opens(old.secret), await opens(body.key.secret)]).toEqual([401, 200]);
  });

  it('never has the old key last longer than it would have', async () => {
    const old = await makeKey('partner-a', { expires_at: new Date(Date.now() + 60_000).toISOString() });
    const { body } = await desk.ask<{ replaced: Key }>(`POST keys/${old.key_id}/rotate`, {});
    expect(body.replaced.expires_at).toBe(old.expires_at);
  });

  it('is of keys of the older form, too', async () => {
    await addKey(desk.database, 'partner-a', 'old-form-key');
    const { body } = await desk.ask<{ key: Key; replaced: Key }>(`POST keys/${await idOf('old-form-key')}/rotate`, {});
    expect([body.replaced.prefix, body.key.prefix]).toEqual([null, body.key.secret.slice(0, 14)]);
    expect(await opens('old-form-key')).toBe(200);
  });

  it.each([
    ['revoked', 'revoked_at = SYSDATE(6)'],
    ['expired', 'expires_at = SYSDATE(6) - INTERVAL 1 SECOND'],
  ])('of a key that is %s is 409', async (status, change) => {
    const { key_id: id, secret } = await makeKey();
    await changeKey(desk.database, secret, change);
    const { detail } = expectProblem(await desk.ask(`POST keys/${id}/rotate`, {}), 409, 'key_not_active');
    expect(detail).toContain(`Key ${id} is ${status}`);
  });

  it.each([-1, 2_592_001])('takes an overlap within bounds: not %d', async (overlap_seconds) => {
    const { key_id: id } = await makeKey();
    expect(await desk.faults(`POST keys/${id}/rotate`, { overlap_seconds })).toEqual([
      '/overlap_seconds must be a whole number from 0 to 2592000',
    ]);
  });

  it.each(['0', '999999', 'abc', '4294967296', 'alk_7Jd0bQx2Lm'])('of what is no key is 404: %s', async (id) => {
    expectProblem(await desk.ask(`POST keys/${id}/rotate`), 404, 'key_not_found');
    expectProblem(await desk.ask(`POST keys/${id}/revoke`), 404, 'key_not_found');
  });
});

describe('a revoked key', () => {
  it('opens nothing from then on, here; within 5 s elsewhere', async () => {
    const other = await bootApp(desk.database.url);
    try {
      const { key_id: id, secret } = await makeKey();
      expect([await opens(secret), (await other.api.inventory(secret)).status]).toEqual([200, 200]);
      const { status, body } = await desk.ask(`POST keys/${id}/revoke`, { reason: 'Leaked' });
      expect([status, body]).toMatchObject([200, { status: 'revoked', revoked_at: expect.any(String) }]);
      expectProblem(await desk.api.inventory(secret), 401, 'invalid_api_key');
      await eventually(
        'another process refuses the key',
        async () => (await other.api.inventory(secret)).status === 401,
        WITHIN_MS,
      );

      expect((await desk.ask(`POST keys/${id}/revoke`, { reason: 'Once more' })).body).toEqual(body);
      expect((await desk.log('key', String(id))).map(({ action, reason }) => [action, reason])).toEqual([
        ['key.revoked', 'Leaked'],
        ['key.created', null],
      ]);
    } finally {
      await other.close();
    }
  });

  it('is refused even to requests that come while it is looked up', async () => {
    const { key_id: id, secret } = await makeKey();
    let revoked = false;
    const late: Promise<Reply>[] = [];
    const knock = async (): Promise<void> => {
      while (!revoked) await desk.api.inventory(secret);
      late.push(desk.api.inventory(secret) as unknown as Promise<Reply>);
    };
    const knocking = Promise.all(range(0, 12).map(knock));
    await desk.ask(`POST keys/${id}/revoke`);
    revoked = true;
    await knocking;
    expect(tally(await Promise.all(late))).toEqual({ 401: 12 });
  });
});

describe('a mistyped key', () => {
  it('is told from an unknown one', async () => {
    const { secret } = await makeKey();
    const typo = secret.slice(0, -1) + (secret.endsWith('x') ? 'y' : 'x');
    expect(expectProblem(await desk.api.inventory(typo), 401, 'invalid_api_key').detail).toMatch(/mistyped.*X-API-Key/);
    const unknown = expectProblem(await desk.api.inventory('unknown'), 401, 'invalid_api_key');
    expect(unknown.detail).toMatch(/unknown, expired or revoked/);
  });

  it('counts as a guess of its address', async () => {
    const app = await bootApp(desk.database.url, { RATE_LIMIT: 'on', AUTH_FAILURES_PER_MINUTE_MAX: '3' });
    try {
      const replies: Reply<unknown>[] = [];
      for (const n of range(0, 4)) replies.push(await app.api.inventory<unknown>(`alk_typo${n}`));
      expect(tally(replies)).toEqual({ 401: 3, 429: 1 });
    } finally {
      await app.close();
    }
  });
});

/** Neither the database nor the log has the key itself. */
async function expectNoTrace(secret: string): Promise<void> {
  const tables = ['api_keys', 'desk_log', 'partners', 'idempotency_keys', 'inventory_movements'];
  for (const table of tables) {
    const rows = await desk.database.rows('SELECT * FROM ??', [table]);
    expect(JSON.stringify(rows)).not.toContain(secret.slice(15));
  }
  expect(JSON.stringify(desk.service.log)).not.toContain(secret.slice(15));
}
