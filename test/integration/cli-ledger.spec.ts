import { commandLineActor } from '../../src/cli/operator-name.js';
import type { ReleasePreviewResponse, ReleaseResponse } from '../../src/desk/release.dto.js';
import { PARTNER_A } from '../support/app.js';
import { Cli, run, runCli } from '../support/cli.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { useDemoService } from '../support/demo-service.js';
import { newestLines, setCounters } from '../support/drift.js';
import { type Balance, type Explained, FILLED_FROM, fillLedger, type Lines } from '../support/ledger.js';
import { holdUnits } from '../support/life.js';
import { addDueRelease, releaseRow } from '../support/releases.js';
import { addProducts } from '../support/stock.js';

jest.setTimeout(120_000);

const demo = useDemoService();
const cli = new Cli(() => demo.database.url);
const ME = commandLineActor();

describe('releases', () => {
  beforeAll(() => addProducts(demo.database, [720], { direct: 30, ota: 20 }));
  const schedule = ['releases', 'schedule', '--product', '720', '--from', 'ota', '--to', 'direct'];
  const cutOff = ['--keep', '5', '--visit-date', '2027-07-01', '--days-before', '14', '--local-time', '18:00'];

  it('are tried, scheduled, listed and cancelled as in the API', async () => {
    const tried = await cli.run(...schedule, ...cutOff, '--dry-run');
    expect(tried).toMatchObject({ code: 0, stderr: '' });
    expect(tried.stdout.split('\n').slice(0, 6)).toEqual([
      'due 2027-06-17T10:00:00.000Z; were it carried out now:',
      'dry run, nothing was changed; this would happen:',
      '',
      'channel  units  allocated      free',
      'ota        -15    20 -> 5   20 -> 5',
      'direct     +15   30 -> 45  30 -> 45',
    ]);
    expect(await cli.json<ReleasePreviewResponse>(...schedule, ...cutOff, '--dry-run')).toMatchObject({
      dry_run: true,
      due_at: '2027-06-17T10:00:00.000Z',
    });
    expect((await cli.run('releases', 'list')).stdout).toBe('There is no such release: releases schedule makes one.\n');

    const made = await cli.json<ReleaseResponse>(...schedule, ...cutOff, '--reason', 'season');
    expect(made).toMatchObject({ status: 'scheduled', keep: 5, reason: 'season', scheduled_by: ME });
    const later = await cli.json<ReleaseResponse>(...schedule, '--at', '2027-08-01T12:00:00+08:00');
    expect(later.due_at).toBe('2027-08-01T04:00:00.000Z');
    const columns =
      'release                                   product  from  to      keeps  due                       status     units';
    expect((await cli.run('releases', 'list', '--status', 'scheduled', '--product', '720')).stdout).toBe(
      [
        columns,
        `${made.release_id}      720  ota   direct      5  2027-06-17T10:00:00.000Z  scheduled      -`,
        `${later.release_id}      720  ota   direct      0  2027-08-01T04:00:00.000Z  scheduled      -`,
        '',
      ].join('\n'),
    );
    const { stdout } = await cli.run('releases', 'cancel', made.release_id, '--reason', 'sells after all');
    expect(stdout).toMatch(/^asked for as {2}14 days before 2027-07-01, 18:00 there$/m);
    expect(stdout).toMatch(new RegExp(`^cancelled {5}2.*Z by ${ME}$`, 'm'));
    expect(await cli.json('releases', 'show', made.release_id)).toMatchObject({
      status: 'cancelled',
      cancelled_by: ME,
    });
    expect((await cli.run('releases', 'list', '--status', 'done')).stdout).toMatch(/^There is no such release/);
  });

  it('are refused as in the API', async () => {
    expect(await cli.run(...schedule, '--at', '2020-01-01T00:00:00Z')).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^allotment: .*future.* \(invalid_release\)\n$/),
    });
    expect(await cli.run('releases', 'cancel', 'rel_1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(release_not_found)'),
    });
  });
});

describe('a release and a hold that are due', () => {
  let left: TestDatabase | undefined;
  afterAll(() => left?.drop());

  it('are left to the service: a command does what it was told and nothing else', async () => {
    const database = (left = await demoDatabase());
    await addProducts(database, [721], { direct: 30, ota: 20 });
    const due = await addDueRelease(database, { product_id: 721 }, -60_000);
    await database.rows(
      `UPDATE product_inventory SET channel_allocations = JSON_SET(channel_allocations, '$.ota.reserved', 4), movement_seq = 3
         WHERE product_id = 721;
       INSERT INTO channel_reservations (reservation_id, product_id, channel_id, partner_id, quantity, quantity_held, status,
           expires_at, pricing_snapshot)
         VALUES ('res_due', 721, 'ota', 'partner-a', 4, 4, 'active', NOW(6) - INTERVAL 1 MINUTE, '{}')`,
    );
    const alone = new Cli(() => database.url);
    expect(await alone.json('releases', 'show', due.id)).toMatchObject({ status: 'scheduled' });
    const explained = await alone.json<Explained>('explain', '721');
    expect(explained).toMatchObject({ free: 46, overdue: 4, held: 0 });
    expect(await releaseRow(database, due.id)).toMatchObject({ status: 'scheduled' });
  });
});

describe('explain', () => {
  it("tells where a product's units are, and whose", async () => {
    await addProducts(demo.database, [730], { direct: 30, ota: 20 });
    const hold = await holdUnits(demo.api, 730, 7);
    const sold = await holdUnits(demo.api, 730, 2);
    await demo.api.step(PARTNER_A, sold.reservation_id, 'activate', { quantity: 2 });
    const explained = await cli.json<Explained>('explain', '730');
    expect(explained).toMatchObject({ view: 'operator', sellable_cap: 50, free: 41, held: 7, sold: 2, unaccounted: 0 });
    const ends = explained.next_free?.at ?? '';
    const told = await cli.run('explain', '730');
    expect({ ...told, stdout: told.stdout.split('\n').slice(1) }).toEqual({
      code: 0,
      stdout: [
        '',
        'channel  allocated  free  held  overdue  sold  unaccounted  next expiry',
        'direct          30    30     0        0     0            0  -',
        `ota             20    11     7        0     2            0  ${ends}`,
        `all             50    41     7        0     2            0  ${ends}`,
        '',
        'partner    channel  held  holds  overdue  sold  next expiry',
        `partner-a  ota         7      1        0     2  ${ends}`,
        '',
        'holds: 1',
        '',
        'hold                                      partner    channel  units  until',
        `${hold.reservation_id}  partner-a  ota          7  ${ends}`,
        '',
      ],
      stderr: '',
    });
    expect(await cli.run('explain', '730', '--limit', '900')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(invalid_filter)'),
    });
    expect(await cli.run('explain', '99999')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(product_not_found)'),
    });
  });
});

describe('movements and balance', () => {
  const LINES = 60_000;
  beforeAll(async () => {
    await addProducts(demo.database, [740], { direct: 1000, ota: 1000 });
    await demo.database.rows('DELETE FROM inventory_movements WHERE product_id = 740');
    await fillLedger(demo.database, [740], LINES);
  });

  const csv = 'node dist/src/cli.js movements --product 740 --csv';
  const shell = (command: string) => run('bash', ['-c', command], { DATABASE_URL: demo.database.url });

  it('are listed newest first, and say when there are more', async () => {
    const two = await cli.run('movements', '--product', '740', '--partner', 'partner-7', '--limit', '2');
    expect(two).toMatchObject({ code: 0, stderr: 'There are more: --limit, --from and --to, or --csv for all.\n' });
    expect(two.stdout.split('\n')).toEqual([
      expect.stringMatching(
        /^time +product +seq +channel +what +units +allocated +reserved +sold +reservation +partner +who +why$/,
      ),
      expect.stringMatching(/Z +740 +\d+ +ota +reserved +1 +1000 +1 +0 +res_fill_740_\d+ +partner-7 +key:1 +-$/),
      expect.stringMatching(/Z +740 +\d+ +ota +expired +1 +1000 +0 +0 +res_fill_740_\d+ +partner-7 +- +-$/),
      '',
    ]);
  });

  it('are read over all pages that it takes, however few of the lines are meant', async () => {
    const query = ['movements', '--product', '740', '--kind', 'opened', '--channel', 'direct', '--order', 'newest'];
    const { movements, ...rest } = await cli.json<Lines>(...query);
    expect(movements.map(({ seq }) => seq)).toEqual([1]);
    expect(rest).toEqual({});
    expect((await cli.json<Lines>('movements', '--product', '740', '--limit', '2500')).movements).toHaveLength(2500);
    expect((await cli.run('movements', '--product', '740', '--actor', 'key:99')).stdout).toBe(
      'The ledger has no such line.\n',
    );
  });

  it('are a file, whole', async () => {
    const told = await shell(`set -o pipefail; ${csv} | awk 'NR == 1 { print } END { print NR }'`);
    expect(told).toEqual({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^product_id,seq,occurred_at,.*,reason\r\n${LINES + 1}\n$`)),
      stderr: '',
    });
  });

  it('are a file to a reader that has had enough, without a word', async () => {
    const told = await shell(`${csv} | head -n 2 | cut -d, -f1-5; echo "\${PIPESTATUS[0]}"`);
    const heads = ['product_id,seq,occurred_at,channel_id,kind', '740,1,2026-01-01T00:00:01.000000Z,direct,opened'];
    expect(told).toEqual({ code: 0, stdout: [...heads, '0', ''].join('\n'), stderr: '' });
  });

  it('are trouble when there is no room for the file', async () => {
    expect(await shell(`${csv} > /dev/full`)).toEqual({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^allotment: what was to be said could not be written: ENOSPC.*\n$/),
    });
  });

  it('are refused as in the API, before the first line of a file', async () => {
    expect(await cli.run('movements', '--reservation', 'res_none', '--csv')).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('(invalid_filter)'),
    });
  });

  it('tell balances at a moment', async () => {
    const at = new Date(FILLED_FROM + 7_000).toISOString();
    expect(await cli.json<Balance>('balance', '740', '--at', at)).toMatchObject({
      seq: 7,
      sellable_cap: 2000,
      channels: [
        { channel_id: 'direct', allocated: 1000, reserved: 0, seq: 1 },
        { channel_id: 'ota', allocated: 1000, reserved: 1, seq: 7 },
      ],
    });
    expect((await cli.run('balance', '740', '--at', at)).stdout).toBe(
      [
        'product 740 at 2026-01-01T00:00:07.000000Z, sellable cap 2000, 7 lines until then',
        '',
        'channel  allocated  reserved  sold  free  seq  since',
        'direct        1000         0     0  1000    1  2026-01-01T00:00:01.000000Z',
        'ota           1000         1     0   999    7  2026-01-01T00:00:07.000000Z',
        '',
      ].join('\n'),
    );
    await demo.database.rows('DELETE FROM inventory_movements WHERE product_id = 740 AND seq = 1');
    expect((await cli.run('balance', '740', '--at', at)).stdout).toMatch(
      /, sellable cap not known, (.*\n)+direct is not known: /,
    );
    expect(await cli.run('balance', '740', '--at', '2999-01-01T00:00:00Z')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(invalid_filter)'),
    });
  });
});

describe('reconcile', () => {
  it("writes who had it repaired, and why, and is the API's last report", async () => {
    await addProducts(demo.database, [750], { ota: 10 });
    await setCounters(demo.database, 750, 'ota', { reserved: 4 });
    const args = ['reconcile', '--product', '750', '--repair', '--reason', 'console'];
    expect(await cli.json(...args)).toMatchObject({ sound: true });
    const [line] = await newestLines(demo.database, 750, 1);
    const [by] = await demo.database.rows(
      'SELECT kind, actor, reason FROM inventory_movements WHERE product_id = 750 AND seq = ?',
      [line?.seq],
    );
    expect(by).toEqual({ kind: 'repaired', actor: ME, reason: 'console' });
    const [last] = await demo.database.rows<{ actor: string }>('SELECT actor FROM reconciliation_last');
    expect(last?.actor).toBe(ME);
  });
});

describe('called wrongly', () => {
  const release = ['releases', 'schedule', '--product', '1', '--from', 'ota', '--to', 'direct'];
  it.each([
    [release, 'say when: give --at, or --visit-date with --days-before'],
    [[...release, '--visit-date', '2027-07-01'], 'say when: give --at, or --visit-date with --days-before'],
    [[...release, '--at', 'x', '--days-before', '3'], 'leave out --visit-date'],
    [['releases', 'schedule', '--from', 'ota', '--to', 'direct'], "required option '--product <product>'"],
    [['releases', 'list', '--status', 'due'], 'It must be one of scheduled, done, cancelled.'],
    [['movements', '--csv', '--limit', '3'], '--csv has all lines: leave out --limit'],
    [['movements', '--csv', '--json'], 'give --csv or --json, not both'],
    [['movements', '--kind', 'lost'], 'It must be one of opened,'],
    [['explain', '1', '--limit', 'all'], 'It must be a whole number.'],
    [['balance'], "missing required argument 'product'"],
  ])('%j: 2, what is wrong, and no database is asked', async (args, complaint) => {
    const told = await runCli({ DATABASE_URL: 'mysql://nobody:x@127.0.0.1:1/none' }, args);
    expect(told).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(complaint) });
    expect(told.stderr).not.toMatch(/^\s+at /m);
  });
});
