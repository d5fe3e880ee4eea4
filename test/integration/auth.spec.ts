import { Controller, Get, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';

import { AccessAudit } from '../../src/auth/access-audit.js';
import { Public, RequireScope } from '../../src/auth/scopes.js';
import type { Reply } from '../support/api.js';
import { OWN_SHOP, PARTNER_A, PARTNER_B, READ_ONLY } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { addKey, addPartner, changeKey } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';

const demo = useDemoService();

const ask = (headers: Record<string, string>): Promise<Reply> => demo.api.send('/api/ota/inventory', { headers });
const askWith = (key: string): Promise<Reply> => ask({ 'x-api-key': key });

function expectRefusal(reply: Reply, code: string): void {
  const { detail } = expectProblem(reply, 401, code);
  expect(detail).toContain('X-API-Key');
  expect(detail).toMatch(/keys come from/i);
  expect(reply.headers.get('www-authenticate')).toMatch(/ApiKey .*X-API-Key.*Bearer/);
}

describe('who may call', () => {
  it.each([
    ['X-API-Key', { 'x-api-key': PARTNER_A }],
    ['a Bearer token', { authorization: `Bearer ${PARTNER_A}` }],
    ['a bearer token, whatever the case', { authorization: `bearer  ${PARTNER_A}` }],
    ['both: X-API-Key goes first', { 'x-api-key': PARTNER_A, authorization: 'Bearer wrong' }],
  ])('%s', async (_, headers) => {
    expect((await ask(headers)).status).toBe(200);
  });

  it.each([
    ['nothing', {}, 'authentication_required'],
    ['an empty X-API-Key', { 'x-api-key': '' }, 'authentication_required'],
    ['an empty Bearer token', { authorization: 'Bearer ' }, 'authentication_required'],
    ['another scheme', { authorization: `Basic ${btoa(`x:${PARTNER_A}`)}` }, 'authentication_required'],
    ['a wrong key', { 'x-api-key': 'wrong' }, 'invalid_api_key'],
    ['a wrong Bearer token', { authorization: 'Bearer wrong' }, 'invalid_api_key'],
    [
      'a wrong X-API-Key before a good token',
      { 'x-api-key': 'wrong', authorization: `Bearer ${PARTNER_A}` },
      'invalid_api_key',
    ],
    ['a key in another case', { 'x-api-key': PARTNER_A.toUpperCase() }, 'invalid_api_key'],
    ['a part of a key', { 'x-api-key': PARTNER_A.slice(0, -1) }, 'invalid_api_key'],
    ['two keys', { 'x-api-key': `${PARTNER_A}, ${PARTNER_B}` }, 'invalid_api_key'],
    ['a very long key', { 'x-api-key': 'k'.repeat(12_000) }, 'invalid_api_key'],
    ['bytes beyond ASCII', { 'x-api-key': 'ünïcödé\u00ff' }, 'invalid_api_key'],
    ['SQL', { 'x-api-key': "' OR 1=1 -- " }, 'invalid_api_key'],
  ])('not with %s', async (_, headers, code) => {
    expectRefusal(await ask(headers), code);
  });

  it('asks for the key before it looks at the request', async () => {
    const headers = { 'content-type': 'application/json' };
    const reply = await demo.api.send('/api/ota/reserve', { method: 'POST', headers, body: '{"no":"sense"}' });
    expectRefusal(reply, 'authentication_required');
  });

  it('lets everyone read the documentation and the health', async () => {
    for (const path of ['/docs', '/docs-json', '/health/live', '/health/ready'])
      expect((await demo.api.send(path)).status).toBe(200);
  });
});

describe('what a key may do', () => {
  it('a missing scope is 403 and named', async () => {
    expect((await askWith(READ_ONLY)).status).toBe(200);
    const reply = await demo.api.reserve(READ_ONLY, { product_id: 106, quantity: 1 });
    expect(expectProblem(reply, 403, 'scope_missing').detail).toContain('reservations:write');

    await addKey(demo.database, 'partner-a', 'write-only', ['reservations:write']);
    expect(expectProblem(await askWith('write-only'), 403, 'scope_missing').detail).toContain('inventory:read');
    expect((await demo.api.reserve('write-only', { product_id: 106, quantity: 1 })).status).toBe(201);
  });

  it('a scope that is only nearly the right one opens nothing', async () => {
    await addKey(demo.database, 'partner-a', 'odd-scopes', ['inventory', 'inventory:*', 'INVENTORY:READ', 'admin']);
    expectProblem(await askWith('odd-scopes'), 403, 'scope_missing');
  });

  it("each key acts for its own partner, on that partner's channel", async () => {
    const made = await Promise.all(
      [PARTNER_A, PARTNER_B, OWN_SHOP].map((key) => demo.api.reserve(key, { product_id: 107, quantity: 1 })),
    );
    expect(made.map((reply) => reply.body.channel_id)).toEqual(['ota', 'ota', 'direct']);
    const rows = await demo.database.rows<{ partner_id: string }>(
      'SELECT partner_id FROM channel_reservations WHERE reservation_id IN (?) ORDER BY partner_id',
      [made.map((reply) => reply.body.reservation_id)],
    );
    expect(rows.map((row) => row.partner_id)).toEqual(['own-shop', 'partner-a', 'partner-b']);
  });

  it('a suspended partner is 403', async () => {
    await addPartner(demo.database, 'suspended');
    await addKey(demo.database, 'suspended', 'of-suspended');
    await demo.database.rows("UPDATE partners SET status = 'suspended' WHERE id = 'suspended'");
    expectProblem(await askWith('of-suspended'), 403, 'partner_suspended');
    expectProblem(await demo.api.reserve('of-suspended', { product_id: 106, quantity: 1 }), 403, 'partner_suspended');
  });
});

describe('the life of a key', () => {
  it('a key works at once after it is made, though it was refused a moment ago', async () => {
    expectRefusal(await askWith('fresh-key'), 'invalid_api_key');
    await addKey(demo.database, 'partner-a', 'fresh-key');
    expect((await askWith('fresh-key')).status).toBe(200);
  });

  it('is refused at its expiry at once, though it was good a moment ago', async () => {
    await addKey(demo.database, 'partner-a', 'expiring-key');
    await changeKey(demo.database, 'expiring-key', 'expires_at = SYSDATE(6) + INTERVAL 1 SECOND');
    expect((await askWith('expiring-key')).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expectRefusal(await askWith('expiring-key'), 'invalid_api_key');
  });

  it('that had expired before it was first used is refused', async () => {
    await addKey(demo.database, 'partner-a', 'expired-key');
    await changeKey(demo.database, 'expired-key', 'expires_at = SYSDATE(6) - INTERVAL 1 SECOND');
    expectRefusal(await askWith('expired-key'), 'invalid_api_key');
  });

  it('is refused within 5 s of its revocation, a partner within 5 s of its suspension, even when they call all the time', async () => {
    await addPartner(demo.database, 'leaving');
    await addKey(demo.database, 'leaving', 'of-leaving');
    await addKey(demo.database, 'partner-a', 'revoked-key');
    expect([(await askWith('revoked-key')).status, (await askWith('of-leaving')).status]).toEqual([200, 200]);
    await changeKey(demo.database, 'revoked-key', 'revoked_at = SYSDATE(6)');
    await demo.database.rows("UPDATE partners SET status = 'suspended' WHERE id = 'leaving'");

    const deadline = performance.now() + 5_000;
    while (performance.now() < deadline) {
      await Promise.all([askWith('revoked-key'), askWith('of-leaving')]);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expectRefusal(await askWith('revoked-key'), 'invalid_api_key');
    expectProblem(await askWith('of-leaving'), 403, 'partner_suspended');
    expectRefusal(await askWith('revoked-key'), 'invalid_api_key');
  });

  it('leaves no trace of itself in the database, only its SHA-256', async () => {
    const [table] = await demo.database.rows<Record<string, string>>('SHOW CREATE TABLE api_keys');
    expect(JSON.stringify(table)).toContain('key_sha256');
    const keys = await demo.database.rows<Record<string, unknown>>('SELECT * FROM api_keys');
    expect(JSON.stringify(keys)).not.toMatch(new RegExp([PARTNER_A, PARTNER_B, READ_ONLY, OWN_SHOP].join('|')));
    const [row] = await demo.database.rows('SELECT 1 AS found FROM api_keys WHERE key_sha256 = UNHEX(SHA2(?, 256))', [
      PARTNER_A,
    ]);
    expect(row).toEqual({ found: 1 });
  });
});

describe('a route that declares no access', () => {
  @Controller('declared')
  class Declared {
    @Get('scoped')
    @RequireScope('inventory:read')
    scoped(): string {
      return '';
    }
    @Get('public')
    @Public()
    open(): string {
      return '';
    }
    /** No route. */
    helper(): string {
      return '';
    }
  }

  @Controller('forgotten')
  class Forgotten {
    @Get()
    leak(): string {
      return 'secret';
    }
    @Get('fine')
    @Public()
    fine(): string {
      return '';
    }
  }

  class Inheriting extends Forgotten {}
  Controller('inheriting')(Inheriting);

  const start = async (...controllers: (new () => object)[]): Promise<void> => {
    @Module({ imports: [DiscoveryModule], providers: [AccessAudit], controllers })
    class App {}
    const module = await Test.createTestingModule({ imports: [App] }).compile();
    await module.init().finally(() => module.close());
  };

  it('keeps the app from starting, and is named', async () => {
    await expect(start(Declared, Forgotten)).rejects.toThrow(/Forgotten\.leak$/);
    await expect(start(Inheriting)).rejects.toThrow(/Inheriting\.leak$/);
  });

  it('is the only thing that does', async () => {
    await expect(start(Declared)).resolves.toBeUndefined();
  });
});
