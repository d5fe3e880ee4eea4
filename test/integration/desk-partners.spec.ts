import type { Reply } from '../support/api.js';
import { bootApp, PARTNER_A } from '../support/app.js';
import { OPERATOR, useDesk } from '../support/desk.js';
import { addKey } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { range, tally } from '../support/stock.js';
import { eventually } from '../support/wait.js';

/** A request may be under way when the time is up. */
const WITHIN_MS = 5_500;

const desk = useDesk();
afterEach(() => expectSound(desk.database));

const SEA = { partner_id: 'sea-tours', name: 'Sea Tours Ltd.', channel_id: 'ota' };
const INITIAL = {
  quantity_max: 100,
  hold_max_seconds: 604_800,
  held_per_product_max: null,
  held_max: null,
  product_quota: null,
  extensions_max: null,
  requests_per_minute_max: 6_000,
};

describe('a channel', () => {
  it('is opened, renamed and listed', async () => {
    const { status, body } = await desk.ask('POST channels', { channel_id: 'corporate', name: 'Firms', reason: 'New' });
    expect([status, body]).toEqual([
      201,
      { channel_id: 'corporate', name: 'Firms', created_at: expect.stringMatching(/Z$/) },
    ]);
    expect((await desk.ask('PATCH channels/corporate', { name: 'Corporate customers' })).body).toEqual({
      ...body,
      name: 'Corporate customers',
    });
    const { body: list } = await desk.ask<{ channels: { channel_id: string; name: string }[] }>('GET channels');
    expect(list.channels.map(({ channel_id, name }) => [channel_id, name])).toEqual([
      ['corporate', 'Corporate customers'],
      ['direct', 'Own sales'],
      ['ota', 'ota'],
    ]);
    expect(await desk.log('channel', 'corporate')).toMatchObject([
      { action: 'channel.renamed', details: { name: { from: 'Firms', to: 'Corporate customers' } } },
      { action: 'channel.created', reason: 'New', details: { name: 'Firms' } },
    ]);
  });

  it('takes units and sells them', async () => {
    await desk.ask('POST channels', { channel_id: 'agents', name: 'Agents' });
    await desk.ask('POST partners', { ...SEA, partner_id: 'agent', channel_id: 'agents' });
    const { body } = await desk.ask('POST partners/agent/keys', { label: 'x', scopes: ['reservations:write'] });
    const move = { from: 'ota', to: 'agents', units: 5 };
    const moved = await desk.api.desk(OPERATOR, 'POST products/108/transfers', move, { 'if-match': '*' });
    expect(moved.status).toBe(200);
    const made = await desk.api.reserve(body['secret'] as string, { product_id: 108, quantity: 5 });
    expect([made.status, made.body.channel_id]).toEqual([201, 'agents']);
  });

  it('that exists is 409, whoever was first', async () => {
    const ask = (): Promise<Reply> => desk.ask('POST channels', { channel_id: 'once', name: 'Once' });
    expect(tally(await Promise.all(range(0, 5).map(ask)))).toEqual({ 201: 1, 409: 4 });
    const { detail, errors } = expectProblem(await ask(), 409, 'already_exists');
    expect([detail, errors]).toEqual([
      expect.stringContaining('channel once'),
      [{ pointer: '/channel_id', detail: 'already taken' }],
    ]);
    expect(await desk.log('channel', 'once')).toHaveLength(1);
  });

  it.each(['', 'UPPER', 'two words', '-first', 'x'.repeat(21), 'ключ', 'constructor', '__proto__'])(
    'may not be called %j',
    async (channel_id) => {
      expect(await desk.faults('POST channels', { channel_id, name: 'x' })).toEqual([
        '/channel_id must be 1 to 20 characters of a-z, 0-9, _ and -, the first a letter or digit',
      ]);
    },
  );

  it.each([
    [{ channel_id: 'x' }, '/name must be a text'],
    [{ channel_id: 5, name: 'x' }, '/channel_id must be a text'],
    [{ channel_id: 'x', name: 'x', reason: null }, '/reason must be a text'],
    [{ channel_id: 'x', name: 'x', more: 1 }, '/more unknown member'],
  ])('of the wrong shape is 400: %j', async (body, fault) => {
    const { errors } = expectProblem(await desk.ask('POST channels', body), 400, 'malformed_request');
    expect(errors?.map(({ pointer, detail }) => `${pointer} ${detail}`)).toEqual([fault]);
  });

  it.each(['none', 'UPPER', '%D1%8F', 'x'.repeat(50)])('that is not there is 404: %s', async (id) => {
    expectProblem(await desk.ask(`PATCH channels/${id}`, { name: 'x' }), 404, 'channel_not_found');
  });
});

describe('a new partner', () => {
  it('has the initial limits, or those that were asked for', async () => {
    const { status, body } = await desk.ask('POST partners', { ...SEA, hold_max_seconds: 3600, reason: 'Contract' });
    const made = { ...SEA, status: 'active', ...INITIAL, hold_max_seconds: 3600, created_at: expect.any(String) };
    expect({ status, body }).toEqual({ status: 201, body: made });
    expect((await desk.ask('GET partners/sea-tours')).body).toEqual({ ...body, keys: [] });
    expect(await desk.log('partner', 'sea-tours')).toMatchObject([
      { action: 'partner.created', reason: 'Contract', details: { ...SEA, hold_max_seconds: 3600 } },
    ]);
  });

  it('that exists is 409, whoever was first', async () => {
    const ask = (): Promise<Reply> => desk.ask('POST partners', { ...SEA, partner_id: 'once' });
    expect(tally(await Promise.all(range(0, 5).map(ask)))).toEqual({ 201: 1, 409: 4 });
    expect(expectProblem(await ask(), 409, 'already_exists').detail).toContain('partner once');
  });

  it.each([
    [
      { partner_id: 'two words' },
      '/partner_id must be 1 to 40 characters of A-Z, a-z, 0-9, ., _ and -, the first a letter or digit',
    ],
    [
      { partner_id: 'я' },
      '/partner_id must be 1 to 40 characters of A-Z, a-z, 0-9, ., _ and -, the first a letter or digit',
    ],
    [
      { partner_id: 'x'.repeat(41) },
      '/partner_id must be 1 to 40 characters of A-Z, a-z, 0-9, ., _ and -, the first a letter or digit',
    ],
    [{ name: '' }, '/name must not be blank'],
    [{ name: 'a\nb' }, '/name must be a text of one line, without control characters'],
    [{ channel_id: 'nobody' }, '/channel_id must be a channel; GET /api/admin/channels lists them'],
    [{ channel_id: 'канал' }, '/channel_id must be a channel; GET /api/admin/channels lists them'],
    [{ quantity_max: 0 }, '/quantity_max must be a whole number from 1 to 1000'],
    [{ quantity_max: 1001 }, '/quantity_max must be a whole number from 1 to 1000'],
    [{ hold_max_seconds: 59 }, '/hold_max_seconds must be a whole number from 60 to 31536000'],
    [{ requests_per_minute_max: 0 }, '/requests_per_minute_max must be a whole number from 1 to 1000000'],
    [{ requests_per_minute_max: 1e300 }, '/requests_per_minute_max must be a whole number from 1 to 1000000'],
  ])('with a bad value is 422 and says which: %j', async (change, fault) => {
    expect(await desk.faults('POST partners', { ...SEA, partner_id: 'other', ...change })).toEqual([fault]);
    expectProblem(await desk.ask('GET partners/other'), 404, 'partner_not_found');
  });

  it.each([
    [{ quantity_max: 1.5 }, '/quantity_max must be a whole number'],
    [{ quantity_max: null }, '/quantity_max must be a whole number'],
    [{ status: 'active' }, '/status unknown member'],
    [{ channel_id: undefined }, '/channel_id must be a text'],
  ])('of the wrong shape is 400: %j', async (change, fault) => {
    const reply = await desk.ask('POST partners', { ...SEA, partner_id: 'other', ...change });
    const { errors } = expectProblem(reply, 400, 'malformed_request');
    expect(errors?.map(({ pointer, detail }) => `${pointer} ${detail}`)).toEqual([fault]);
  });
});

describe('a change of a partner', () => {
  it('holds at once, in the process in which it was made', async () => {
    expect((await desk.api.reserve(PARTNER_A, { product_id: 106, quantity: 30 })).status).toBe(201);
    const { body } = await desk.ask('PATCH partners/partner-a', { quantity_max: 20, reason: 'Hoarding' });
    expect(body).toMatchObject({ ...INITIAL, quantity_max: 20, name: 'Demo OTA A', status: 'active' });
    expectProblem(await desk.api.reserve(PARTNER_A, { product_id: 106, quantity: 30 }), 422, 'quantity_out_of_range');

    await desk.ask('PATCH partners/partner-a', { status: 'suspended', quantity_max: 100, reason: 'Overdue' });
    expectProblem(await desk.api.inventory(PARTNER_A), 403, 'partner_suspended');
    await desk.ask('PATCH partners/partner-a', { status: 'active', reason: 'Paid' });
    expect((await desk.api.reserve(PARTNER_A, { product_id: 106, quantity: 30 })).status).toBe(201);
    expect(await desk.log('partner', 'partner-a')).toMatchObject([
      { action: 'partner.resumed', reason: 'Paid', details: { status: { from: 'suspended', to: 'active' } } },
      {
        action: 'partner.suspended',
        details: { status: { from: 'active', to: 'suspended' }, quantity_max: { from: 20, to: 100 } },
      },
      { action: 'partner.changed', reason: 'Hoarding', details: { quantity_max: { from: 100, to: 20 } } },
    ]);
  });

  it('holds within 5 s in another process, though its partner calls all the time', async () => {
    const other = await bootApp(desk.database.url);
    try {
      await addKey(desk.database, 'partner-b', 'b-elsewhere');
      expect((await other.api.inventory('b-elsewhere')).status).toBe(200);
      await desk.ask('PATCH partners/partner-b', { status: 'suspended' });
      await eventually(
        'another process refuses the partner',
        async () => (await other.api.inventory('b-elsewhere')).status === 403,
        WITHIN_MS,
      );
      await desk.ask('PATCH partners/partner-b', { status: 'active' });
    } finally {
      await other.close();
    }
  });

  it('by two operators at once, of different members, is both', async () => {
    await desk.ask('POST partners', { ...SEA, partner_id: 'shared' });
    const replies = await Promise.all([
      desk.ask('PATCH partners/shared', { name: 'New name' }),
      desk.ask('PATCH partners/shared', { quantity_max: 7 }),
      desk.ask('PATCH partners/shared', { hold_max_seconds: 70 }),
      desk.ask('PATCH partners/shared', { status: 'suspended' }),
    ]);
    expect(tally(replies)).toEqual({ 200: 4 });
    expect((await desk.ask('GET partners/shared')).body).toMatchObject({
      name: 'New name',
      quantity_max: 7,
      hold_max_seconds: 70,
      status: 'suspended',
    });
  });

  it('keeps limits that were set by other means, whatever they are, until they are named', async () => {
    await desk.ask('POST partners', { ...SEA, partner_id: 'odd' });
    await desk.database.rows("UPDATE partners SET quantity_max = 5000 WHERE id = 'odd'");
    expect((await desk.ask('PATCH partners/odd', { name: 'Odd' })).body).toMatchObject({ quantity_max: 5000 });
  });

  it('that changes nothing leaves no trace', async () => {
    expect((await desk.ask('PATCH partners/own-shop', { status: 'active', quantity_max: 100 })).status).toBe(200);
    expect(await desk.log('partner', 'own-shop')).toEqual([]);
  });

  it.each([
    [{ status: 'gone' }, '/status must be one of active, suspended'],
    [{ name: ' ' }, '/name must not be blank'],
    [{ quantity_max: -1 }, '/quantity_max must be a whole number from 1 to 1000'],
  ])('with a bad value is 422 and changes nothing: %j', async (body, fault) => {
    const before = await desk.ask('GET partners/own-shop');
    expect(await desk.faults('PATCH partners/own-shop', { hold_max_seconds: 99, ...body })).toEqual([fault]);
    expect((await desk.ask('GET partners/own-shop')).body).toEqual(before.body);
  });

  it('never moves it to another channel, where its holds are not', async () => {
    expectProblem(await desk.ask('PATCH partners/own-shop', { channel_id: 'ota' }), 400, 'malformed_request');
  });

  it.each(['none', '%D1%8F', 'x'.repeat(60)])('to one that is not there is 404: %s', async (id) => {
    expectProblem(await desk.ask(`PATCH partners/${id}`, { name: 'x' }), 404, 'partner_not_found');
    expectProblem(await desk.ask(`GET partners/${id}`), 404, 'partner_not_found');
  });
});
