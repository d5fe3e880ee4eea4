import { actorOf, commandLineActor } from '../../src/cli/operator-name.js';
import type { AllotmentChangeResponse, AllotmentResponse } from '../../src/inventory/allotment.dto.js';
import { PARTNER_A } from '../support/app.js';
import { Cli, runCli } from '../support/cli.js';
import { emptyDatabase, newDatabaseUrl } from '../support/database.js';
import { useDemoService } from '../support/demo-service.js';
import { newestLines, setCounters } from '../support/drift.js';
import { holdUnits } from '../support/life.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

jest.setTimeout(120_000);

const demo = useDemoService();
const cli = new Cli(() => demo.database.url);

describe('a command about an allotment, beside a running service', () => {
  beforeAll(() => addProducts(demo.database, [700, 701], { direct: 30, ota: 20 }));
  afterEach(() => expectSound(demo.database));

  it('shows it', async () => {
    await holdUnits(demo.api, 701, 5);
    expect(await cli.run('show', '701')).toEqual({
      code: 0,
      stdout: [
        'product 701, sellable cap 50, version 50.direct-30.ota-20',
        '',
        'channel  allocated  reserved  sold  free',
        'direct          30         0     0    30',
        'ota             20         5     0    15',
        '',
      ].join('\n'),
      stderr: '',
    });
    expect(await cli.json<AllotmentResponse>('show', '701')).toMatchObject({ product_id: 701, sellable_cap: 50 });
  });

  it('transfers for the user of this machine, with a reason, and partners see it at once', async () => {
    const args = ['transfer', '700', 'ota', 'direct', '8', '--reason', 'slow here'];
    const planned = await cli.run(...args, '--dry-run');
    expect(planned).toMatchObject({ code: 0, stderr: '' });
    expect(planned.stdout).toContain('dry run, nothing was changed; this would happen:');
    expect(await demo.api.available(PARTNER_A, 700)).toBe(20);

    expect(await cli.run(...args, '--if-version', '50.direct-30.ota-20')).toEqual({
      code: 0,
      stdout: [
        'changed:',
        '',
        'channel  units  allocated      free',
        'ota         -8   20 -> 12  20 -> 12',
        'direct      +8   30 -> 38  30 -> 38',
        '',
        'product 700, sellable cap 50, version 50.direct-38.ota-12',
        '',
        'channel  allocated  reserved  sold  free',
        'direct          38         0     0    38',
        'ota             12         0     0    12',
        '',
      ].join('\n'),
      stderr: '',
    });
    expect(await demo.api.available(PARTNER_A, 700)).toBe(12);
    const lines = await demo.database.rows(
      'SELECT channel_id, kind, units, actor, reason FROM inventory_movements WHERE product_id = 700 AND actor IS NOT NULL ORDER BY seq',
    );
    const by = { actor: commandLineActor(), reason: 'slow here' };
    expect(lines).toEqual([
      { channel_id: 'ota', kind: 'deallocated', units: 8, ...by },
      { channel_id: 'direct', kind: 'allocated', units: 8, ...by },
    ]);
  });

  it('sets caps and shares', async () => {
    const raised = await cli.json<AllotmentChangeResponse>('cap', '700', '60', '--channel', 'ota');
    expect(raised.allotment).toMatchObject({ sellable_cap: 60, version: '60.direct-38.ota-22' });
    const set = await cli.json<AllotmentChangeResponse>('set', '700', 'direct=40', 'ota=20');
    expect(set.changes.map(({ channel_id, units }) => [channel_id, units])).toEqual([
      ['ota', -2],
      ['direct', 2],
    ]);
    expect((await cli.run('set', '700', 'direct=40')).stdout).toMatch(/^all is so already, nothing was changed\n\n/);
  });

  it('is refused as in the API: 1, the sentence with its code, nothing on standard output', async () => {
    expect(await cli.run('transfer', '700', 'ota', 'direct', '10', '--if-version', '1.ota-1')).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^allotment: The allotment of product 700 has changed .* \(allotment_changed\)\n$/),
    });
    expect(await cli.run('transfer', '700', 'ota', 'direct', '999')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^allotment: Channel ota can give 20 units, .* \(allocation_in_use\)\n$/),
    });
    expect(await cli.run('show', '99999')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(product_not_found)'),
    });
    expect(await cli.run('set', '700', 'nowhere=1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(invalid_allotment)'),
    });
    const { stderr, ...told } = await cli.run('transfer', '700', 'ota', 'direct', '999', '--json');
    expect(told).toEqual({ code: 1, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({
      status: 409,
      code: 'allocation_in_use',
      product_id: 700,
      available: 20,
    });
  });
});

describe('reconcile', () => {
  it('tells what is off with 1, and sets it right', async () => {
    await addProducts(demo.database, [710], { ota: 10 });
    expect(await cli.run('reconcile', '--product', '710')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 products with 1 channels counted in .* agree\n$/),
    });
    await setCounters(demo.database, 710, 'ota', { reserved: 4 });
    const off = await cli.run('reconcile', '--product', '710');
    expect({ code: off.code, lines: off.stdout.split('\n') }).toEqual({
      code: 1,
      lines: [
        'product  channel  number    counter  rows  ledger  limit',
        '    710  ota      reserved        4     0       0      -',
        expect.stringMatching(/: 1 off$/),
        '',
      ],
    });
    expect(await cli.json('reconcile', '--repair')).toMatchObject({
      sound: true,
      repairs: [{ product_id: 710, outcome: 'repaired' }],
    });
    expect((await newestLines(demo.database, 710, 1))[0]).toMatchObject({ kind: 'repaired' });
  });
});

describe('called wrongly', () => {
  it.each([
    [['transfr'], "unknown command 'transfr'\n(Did you mean transfer?)"],
    [['partners', 'lst'], "unknown command 'lst'\n(Did you mean list?)"],
    [['transfer', '1', 'ota', 'direct', '5', '--raeson', 'x'], "unknown option '--raeson'\n(Did you mean --reason?)"],
    [['show'], "missing required argument 'product'"],
    [['show', '1', '2'], 'too many arguments for'],
    [['show', 'cruise'], "command-argument value 'cruise' is invalid for argument 'product'"],
    [['cap', '1', '-5'], "command-argument value '-5' is invalid for argument 'units'. It must be a whole number."],
    [['set', '1', 'ota'], 'It must be a channel and its units, like ota=2000.'],
    [['set', '1', 'ota=1', 'ota=2'], 'ota was given already.'],
    [['products', 'set', '1'], 'nothing to change'],
    [['partners', 'create', 'x', '--name', 'X'], "required option '--channel <channel>' not specified"],
    [['keys', 'list', '--status', 'old'], 'It must be one of active, expired, revoked.'],
    [['special-dates', 'set', '2026-12-31', 'twice'], 'It must be a number, like 1.5.'],
    [['log', '--id', '3'], '--id needs --subject'],
  ])('%j: 2, what is wrong, and no database is asked', async (args, complaint) => {
    const told = await runCli({ DATABASE_URL: 'mysql://nobody:x@127.0.0.1:1/none' }, args);
    expect(told).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(complaint) });
    expect(told.stderr).not.toMatch(/^\s+at /m);
  });

  it('says all commands when none is given', async () => {
    expect(await runCli({}, [])).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining('Commands:') });
  });

  it('takes a bad setting for a wrong call', async () => {
    expect(await runCli({ DATABASE_URL: 'postgres://x/y' }, ['show', '1'])).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('DATABASE_URL: is not of the form mysql://'),
    });
  });
});

describe('help', () => {
  it.each([[[]], [['partners']], [['partners', 'create']], [['transfer']], [['admin-key']]])(
    'of %j is on standard output, with the options of all commands',
    async (command) => {
      const told = await runCli({}, [...command, '--help']);
      expect(told).toEqual({ code: 0, stdout: expect.stringMatching(/^Usage: allotment /), stderr: '' });
      expect(told.stdout).toContain('--json');
    },
  );
});

describe('trouble', () => {
  it('is 3, in a sentence: no database, none that was migrated', async () => {
    const away = await runCli({ DATABASE_URL: 'mysql://nobody:x@127.0.0.1:1/none', DATABASE_WAIT_SECONDS: '0' }, [
      'show',
      '1',
    ]);
    expect(away).toEqual({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(
        /^(allotment: .*\n)*allotment: No MySQL answers at 127\.0\.0\.1:1 .* correct DATABASE_URL\.\n$/,
      ),
    });
    const empty = await emptyDatabase();
    const unready = await runCli({ DATABASE_URL: empty.url }, ['admin-key']);
    await empty.drop();
    expect(unready).toEqual({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^allotment: The database \w+ lacks \d+ migrations .* npm run migrate\.\n$/),
    });
    const wrong = new URL(newDatabaseUrl());
    wrong.password = 'wrong';
    expect(await runCli({ DATABASE_URL: wrong.href }, ['show', '1'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('refuses the user or password of DATABASE_URL'),
    });
  });
});

describe('who works at the command line', () => {
  it.each([
    ['anna', 'cli:anna'],
    ['Anna.Smith', 'cli:anna.smith'],
    ['CORP\\anna smith', 'cli:corp-anna-smith'],
    ['', 'cli:unknown'],
    ['安娜', 'cli:unknown'],
    ['x'.repeat(200), `cli:${'x'.repeat(60)}`],
  ])('%j is %s', (userName, actor) => {
    expect(actorOf(userName)).toBe(actor);
  });
});
