import { hash } from 'node:crypto';

import type { KeyList, NewKeyResponse, RotatedKeyResponse } from '../../src/desk/key.dto.js';
import type { PartnerWithKeysResponse } from '../../src/desk/partner.dto.js';
import type { ProductResponse } from '../../src/desk/product.dto.js';
import { commandLineActor } from '../../src/cli/operator-name.js';
import { migrate } from '../../src/database/migrations.js';
import { bootApp, type TestApp } from '../support/app.js';
import { Cli, run } from '../support/cli.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { expectSound } from '../support/soundness.js';

jest.setTimeout(120_000);

let database: TestDatabase;
let service: TestApp | undefined;
const cli = new Cli(() => database.url);

beforeEach(async () => {
  database = await emptyDatabase();
  await migrate(database.url, () => undefined);
});
afterEach(async () => {
  await service?.close();
  service = undefined;
  await expectSound(database);
  await database.drop();
});

const KEY = /^alk_[0-9A-Za-z]{10}_[0-9A-Za-z]{36}\n$/;

const logged = (): Promise<unknown[]> =>
  database.rows('SELECT action, subject_id, actor, reason FROM desk_log ORDER BY occurred_at, action DESC');

describe('admin-key', () => {
  it('prints the first key once, alone on standard output; a second one takes --another', async () => {
    const first = await cli.run('admin-key', '--reason', 'opening');
    expect(first).toEqual({
      code: 0,
      stdout: expect.stringMatching(KEY),
      stderr: 'key 1 of partner operator. It is shown this once: only its SHA-256 is kept.\n',
    });
    const by = { actor: commandLineActor(), reason: 'opening' };
    expect(await logged()).toEqual([
      { action: 'partner.created', subject_id: 'operator', ...by },
      { action: 'key.created', subject_id: '1', ...by },
    ]);
    expect(await cli.run('admin-key')).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^allotment: Key 1 of partner operator opens the desk already\..*--another/),
    });
    const another = await cli.run('admin-key', '--another');
    expect(another).toMatchObject({ code: 0, stdout: expect.stringMatching(KEY) });

    const kept = await database.rows<{ key: Buffer }>('SELECT key_sha256 AS `key` FROM api_keys ORDER BY id');
    const shown = [first, another].map(({ stdout }) => hash('sha256', stdout.trim(), 'hex'));
    expect(kept.map(({ key }) => key.toString('hex'))).toEqual(shown);

    const { api } = (service = await bootApp(database.url));
    expect((await api.desk(another.stdout.trim(), 'GET partners')).status).toBe(200);
  });

  it('makes one key when two are the first at once', async () => {
    const both = await Promise.all([cli.run('admin-key'), cli.run('admin-key')]);
    expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(await database.rows('SELECT id FROM api_keys')).toHaveLength(1);
  });

  it('makes one again when none works any more, but for a partner that is suspended', async () => {
    await cli.run('admin-key');
    await database.rows('UPDATE api_keys SET revoked_at = SYSDATE(6)');
    expect(await cli.run('admin-key')).toMatchObject({ code: 0, stdout: expect.stringMatching(KEY) });
    await database.rows("UPDATE partners SET status = 'suspended'");
    expect(await cli.run('admin-key')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('partners resume operator'),
    });
  });
});

describe('products, partners and keys', () => {
  it('are made, changed and listed as in the API', async () => {
    await cli.json('channels', 'create', 'resellers', '--name', 'Resellers');
    const made = ['products', 'create', '--name', 'Cruise', '--currency', 'EUR', '--time-zone', 'Europe/Berlin'];
    const prices = ['--weekday-price', '24', '--discount', 'child=8', '--discount', 'student=2.50'];
    const product = await cli.json<ProductResponse>(...made, ...prices, '--allocated', 'direct=60', 'resellers=40');
    expect(product).toMatchObject({
      product_id: 1,
      weekday_price: 24,
      weekend_price: 24,
      customer_discounts: { child: 8, student: 2.5 },
    });
    expect(
      await cli.json('products', 'set', '1', '--weekend-price', '29.90', '--discount', 'student=none'),
    ).toMatchObject({ weekday_price: 24, weekend_price: 29.9, customer_discounts: { child: 8 } });
    expect((await cli.run('products', 'list')).stdout).toBe(
      'product  name    status    weekday    weekend\n      1  Cruise  active  24.00 EUR  29.90 EUR\n',
    );
    await cli.json('special-dates', 'set', '2026-12-31', '1.5');
    expect((await cli.run('special-dates', 'list')).stdout).toContain('2026-12-31');
    expect(await cli.json('special-dates', 'delete', '2026-12-31')).toEqual({
      visit_date: '2026-12-31',
      multiplier: 1.5,
    });
    expect((await cli.run('special-dates', 'list')).stdout).toBe('All days cost the same.\n');

    await cli.json(
      'partners',
      'create',
      'sea-tours',
      '--name',
      'Sea Tours',
      '--channel',
      'resellers',
      '--quantity-max',
      '20',
    );
    const refused = await cli.run('partners', 'set', 'sea-tours', '--hold-max-seconds', '1');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('hold_max_seconds must be') });
    expect(await cli.json('partners', 'set', 'sea-tours', '--hold-max-seconds', '3600')).toMatchObject({
      quantity_max: 20,
      hold_max_seconds: 3600,
    });
    expect(await cli.json('partners', 'set', 'sea-tours', '--held-max', '7')).toMatchObject({ held_max: 7 });
    expect(await cli.json('partners', 'set', 'sea-tours', '--held-max', 'none')).toMatchObject({ held_max: null });
    expect(await cli.run('partners', 'set', 'sea-tours', '--quantity-max', 'none')).toMatchObject({
      code: 2,
      stdout: '',
    });
    expect((await cli.run('partners', 'show', 'sea-tours')).stdout).toContain('No key of this partner works');
  });

  it('open and close the API to a partner', async () => {
    await database.rows("INSERT INTO partners (id, name, channel_id) VALUES ('sea-tours', 'Sea Tours', 'ota')");
    const { api } = (service = await bootApp(database.url));
    const statusOf = async (key: string): Promise<number> => (await api.inventory(key)).status;
    const first = await cli.json<NewKeyResponse>('keys', 'create', 'sea-tours', '--label', 'booking engine');
    expect(first.scopes).toEqual(['inventory:read', 'reservations:read', 'reservations:write']);
    expect(await statusOf(first.secret)).toBe(200);

    const { key, replaced } = await cli.json<RotatedKeyResponse>(
      'keys',
      'rotate',
      String(first.key_id),
      '--overlap',
      '0',
    );
    expect({ label: key.label, status: replaced.status }).toEqual({ label: 'booking engine', status: 'expired' });
    expect(await statusOf(key.secret)).toBe(200);
    expect(await cli.run('keys', 'rotate', String(first.key_id))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(key_not_active)'),
    });
    const shown = await cli.json<PartnerWithKeysResponse>('partners', 'show', 'sea-tours');
    expect(shown.keys.map(({ key_id }) => key_id)).toEqual([key.key_id]);

    expect(await cli.json('partners', 'suspend', 'sea-tours', '--reason', 'bill')).toMatchObject({
      status: 'suspended',
    });
    expect(await cli.json('partners', 'resume', 'sea-tours')).toMatchObject({ status: 'active' });
    expect((await cli.run('keys', 'revoke', String(key.key_id))).stdout).toContain('revoked');
    expect((await cli.json<KeyList>('keys', 'list', '--status', 'active')).keys).toEqual([]);

    const log = await cli.json<{ lines: { action: string; reason: string | null }[] }>('log', '--subject', 'partner');
    expect(log.lines.map(({ action, reason }) => [action, reason])).toEqual([
      ['partner.resumed', null],
      ['partner.suspended', 'bill'],
    ]);
    expect((await cli.json<{ lines: unknown[] }>('log', '--limit', '3')).lines).toHaveLength(3);
  });

  it('are listed whole, however many pages the API has', async () => {
    await database.rows(
      `INSERT INTO channels (id, name) SELECT CONCAT('c', n), 'x' FROM
        (WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 450) SELECT n FROM numbers) AS all_of_them`,
    );
    expect((await cli.json<{ channels: unknown[] }>('channels', 'list')).channels).toHaveLength(452);
  });

  it('are listed to a reader that goes away without a word', async () => {
    const command = 'node dist/src/cli.js channels list | true; echo "${PIPESTATUS[0]}"';
    const told = await run('bash', ['-c', command], { DATABASE_URL: database.url });
    expect(told).toEqual({ code: 0, stdout: '0\n', stderr: '' });
  });
});

describe('conversion', () => {
  it('tells what became of holds, of all partners on all pages', async () => {
    await database.rows(
      `INSERT INTO partners (id, name, channel_id) SELECT CONCAT('p', n), 'x', 'ota' FROM
        (WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 60) SELECT n FROM numbers) AS all_of_them`,
    );
    const period = ['--from', '2026-11-01T00:00:00Z', '--to', '2026-11-08T00:00:00Z'];
    const { partners } = await cli.json<{ partners: { partner_id: string }[] }>('conversion', ...period);
    expect(new Set(partners.map(({ partner_id }) => partner_id)).size).toBe(60);
    const one = await cli.run('conversion', ...period, '--partner', 'p7');
    expect(one).toMatchObject({ code: 0, stderr: '' });
    expect(one.stdout.split('\n').slice(2)).toEqual([
      'partner  holds  open  sold  expired  cancelled  sold %  units  units sold',
      'p7           0     0     0        0          0       -      0           0',
      '',
    ]);
    expect(await cli.run('conversion', ...period, '--partner', 'nobody')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(invalid_filter)'),
    });
  });
});
