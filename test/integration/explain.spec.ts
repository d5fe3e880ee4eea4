import { unitsForPartner, unitsOfProduct } from '../../src/inventory/explanation.store.js';
import { OWN_SHOP, PARTNER_A, PARTNER_B, READ_ONLY } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { setCounters } from '../support/drift.js';
import type { Explained } from '../support/ledger.js';
import { holdUnits } from '../support/life.js';
import { addKey, addPartner } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { addProducts, makeLapse } from '../support/stock.js';

const demo = useDemoService();
beforeAll(() => addOperator(demo.database));

const explain = (key: string, product: number | string, query = '') =>
  demo.api.get<Explained & { own: unknown; free: number }>(key, `/api/ota/inventory/${product}/explain${query}`);

/** Holds units until so many minutes from now. */
async function hold(key: string, product: number, quantity: number, minutes: number) {
  const until = new Date(Math.floor(Date.now() / 1000) * 1000 + minutes * 60_000).toISOString();
  const { status, body, text } = await demo.api.reserve(key, {
    product_id: product,
    quantity,
    reservation_expires_at: until,
  });
  if (status !== 201) throw new Error(text);
  return { id: body.reservation_id, until };
}

describe('to an operator', () => {
  it('every unit of the cap is accounted for', async () => {
    await addProducts(demo.database, [901], { ota: 40, direct: 30, other: 5 });
    const first = await hold(PARTNER_A, 901, 3, 10);
    const same = await demo.api.reserve(PARTNER_B, {
      product_id: 901,
      quantity: 4,
      reservation_expires_at: first.until,
    });
    const later = await hold(PARTNER_B, 901, 5, 30);
    const own = await hold(OWN_SHOP, 901, 6, 20);
    const over = await hold(PARTNER_A, 901, 7, 40);
    await makeLapse(demo.database, over.id);
    const sold = await holdUnits(demo.api, 901, 8, PARTNER_B);
    await demo.api.step(PARTNER_B, sold.reservation_id, 'activate');

    const { status, body } = await explain(OPERATOR, 901);
    expect(status).toBe(200);
    const none = { unaccounted: 0 };
    expect(body).toEqual({
      view: 'operator',
      product_id: 901,
      as_of: expect.stringMatching(/Z$/),
      on_sale: true,
      sellable_cap: 75,
      ...{ free: 42, held: 18, overdue: 7, sold: 8, ...none },
      channels: [
        {
          channel_id: 'direct',
          allocated: 30,
          free: 24,
          held: 6,
          overdue: 0,
          sold: 0,
          ...none,
          next_expiry: own.until,
        },
        {
          channel_id: 'ota',
          allocated: 40,
          free: 13,
          held: 12,
          overdue: 7,
          sold: 8,
          ...none,
          next_expiry: first.until,
        },
        { channel_id: 'other', allocated: 5, free: 5, held: 0, overdue: 0, sold: 0, ...none, next_expiry: null },
      ],
      partners: [
        {
          ...{ partner_id: 'partner-b', channel_id: 'ota', next_expiry: first.until },
          ...{ held: 9, holds: 2, overdue: 0, sold: 8 },
        },
        {
          ...{ partner_id: 'partner-a', channel_id: 'ota', next_expiry: first.until },
          ...{ held: 3, holds: 1, overdue: 7, sold: 0 },
        },
        {
          ...{ partner_id: 'own-shop', channel_id: 'direct', next_expiry: own.until },
          ...{ held: 6, holds: 1, overdue: 0, sold: 0 },
        },
      ],
      soonest: [
        ...[
          { reservation_id: first.id, partner_id: 'partner-a', units: 3 },
          { reservation_id: same.body.reservation_id, partner_id: 'partner-b', units: 4 },
        ].map((one) => ({ ...one, channel_id: 'ota', reserved_until: first.until })),
        { reservation_id: own.id, partner_id: 'own-shop', channel_id: 'direct', units: 6, reserved_until: own.until },
        { reservation_id: later.id, partner_id: 'partner-b', channel_id: 'ota', units: 5, reserved_until: later.until },
      ],
      holds: 4,
      next_free: { at: first.until, units: 7 },
    });
    const { body: few } = await explain(OPERATOR, 901, '?limit=2');
    expect(few).toEqual({ ...body, as_of: few.as_of, soonest: body.soonest.slice(0, 2) });
  });

  it('a product that nobody wants is all free', async () => {
    await addProducts(demo.database, [902], { ota: 0, direct: 3 });
    const { body } = await explain(OPERATOR, 902);
    expect(body).toMatchObject({ free: 3, held: 0, partners: [], soonest: [], holds: 0, next_free: null });
  });

  it('one that is retired is explained too, and said to be so', async () => {
    await addProducts(demo.database, [903], { ota: 3 });
    await demo.database.rows("UPDATE products SET status = 'retired' WHERE id = 903");
    expect((await explain(OPERATOR, 903)).body).toMatchObject({ on_sale: false, free: 3 });
    expect((await explain(PARTNER_A, 903)).body).toMatchObject({ on_sale: false, free: 3 });
  });

  it('units that counters and reservations disagree about are told apart, and the parts sum all the same', async () => {
    await addProducts(demo.database, [904], { ota: 20 });
    await hold(PARTNER_A, 904, 5, 10);
    await setCounters(demo.database, 904, 'ota', { reserved: 9, sold: 1 });
    expect((await explain(OPERATOR, 904)).body).toMatchObject({ free: 10, held: 5, sold: 0, unaccounted: 5 });
    await setCounters(demo.database, 904, 'ota', { reserved: 0, sold: 0 });
    expect((await explain(OPERATOR, 904)).body).toMatchObject({ free: 20, held: 5, unaccounted: -5 });
  });
});

describe('to a partner', () => {
  it('its own holds and the sums of its channel are told', async () => {
    await addProducts(demo.database, [911], { ota: 40, direct: 30 });
    const own = await hold(PARTNER_A, 911, 3, 10);
    await hold(PARTNER_A, 911, 2, 50);
    await hold(PARTNER_B, 911, 4, 5);
    const mine = await hold(PARTNER_A, 911, 1, 5);
    const theirs = await hold(PARTNER_B, 911, 6, 5);
    await makeLapse(demo.database, mine.id);
    await makeLapse(demo.database, theirs.id);
    const { body } = await explain(PARTNER_A, 911, '?limit=1');
    expect(body).toEqual({
      view: 'partner',
      product_id: 911,
      as_of: expect.stringMatching(/Z$/),
      on_sale: true,
      channel_id: 'ota',
      ...{ allocated: 40, free: 31, held: 9, sold: 0 },
      own: {
        ...{ units: 5, overdue: 1, holds: 2 },
        soonest: [{ reservation_id: own.id, channel_id: 'ota', units: 3, reserved_until: own.until }],
      },
      next_free: { at: own.until, units: 3 },
    });
    expect(await demo.api.available(PARTNER_A, 911)).toBe(body.free);
  });

  it('nothing that differs by what others do is told, but for the sums of its channel', async () => {
    await addProducts(demo.database, [912], { ota: 40, direct: 30 });
    await addPartner(demo.database, 'partner-c');
    await addKey(demo.database, 'partner-c', 'partner-c-key');
    await hold(PARTNER_A, 912, 3, 60);
    const theirs = await hold(PARTNER_B, 912, 4, 10);
    const told = async (): Promise<unknown> => ({ ...(await explain(PARTNER_A, 912)).body, as_of: '' });
    const before = await told();
    const { text } = await explain(PARTNER_A, 912);
    for (const secret of ['partner-b', theirs.id, theirs.until, 'direct'])
      expect([secret, text.includes(secret)]).toEqual([secret, false]);

    // When another's holds end.
    await demo.api.step(PARTNER_B, theirs.id, 'extend', { reservation_expires_at: '2099-01-01T00:00:00Z' });
    await demo.database.rows('UPDATE channel_reservations SET expires_at = ? WHERE reservation_id = ?', [
      new Date(Date.now() + 120_000),
      theirs.id,
    ]);
    expect(await told()).toEqual(before);
    // Whose they are, and how many.
    await demo.api.step(PARTNER_B, theirs.id, 'cancel');
    await hold('partner-c-key', 912, 1, 1);
    await hold(PARTNER_B, 912, 3, 2);
    expect(await told()).toEqual(before);
    // What other channels have, sell and hold.
    await hold(OWN_SHOP, 912, 5, 3);
    await demo.api.desk(OPERATOR, 'PUT products/912/sellable-cap', { sellable_cap: 100 }, { 'if-match': '*' });
    expect(await told()).toEqual(before);
    // That another's hold is over: those units are as free as others.
    const over = await hold(PARTNER_B, 912, 2, 1);
    await makeLapse(demo.database, over.id);
    expect(await told()).toEqual(before);
  });

  it('its own holds are told on a channel that it has left', async () => {
    await addProducts(demo.database, [913], { ota: 10, direct: 10 });
    await addPartner(demo.database, 'moving');
    await addKey(demo.database, 'moving', 'moving-key');
    await hold('moving-key', 913, 2, 10);
    await demo.database.rows("UPDATE partners SET channel_id = 'direct' WHERE id = 'moving'");
    await demo.restart();
    const { body } = await explain('moving-key', 913);
    expect(body).toMatchObject({ channel_id: 'direct', allocated: 10, held: 0, own: { units: 2 } });
  });

  it.each([
    ['that does not exist', 999],
    ['that its channel does not sell', 921],
    ['whose id is none', 'x'],
    ['whose id is too large', '99999999999'],
    ['whose id has a zero in front', '0106'],
  ])('a product %s is none', async (_, product) => {
    if (product === 921) await addProducts(demo.database, [921], { direct: 5 });
    const reply = await explain(PARTNER_A, product);
    expectProblem(reply, 404, 'product_not_found');
    expect(reply.text).toContain('You sell no such product. GET /api/ota/inventory lists those that you do.');
    if (product !== 921) expectProblem(await explain(OPERATOR, product), 404, 'product_not_found');
  });

  it.each(['?limit=0', '?limit=201', '?limit=x', '?limit=1&limit=2'])('%s is refused', async (query) => {
    expectProblem(await explain(PARTNER_A, 106, query), 422, 'invalid_filter');
  });

  it('an unknown parameter is refused', async () => {
    expectProblem(await explain(PARTNER_A, 106, '?holds=5'), 400, 'malformed_request');
  });
});

describe('it is read from one index, of the one product:', () => {
  beforeAll(async () => {
    await addProducts(demo.database, [941, 942], { ota: 9_000 });
    await demo.database.rows(
      `SET SESSION cte_max_recursion_depth = 10000;
       INSERT INTO channel_reservations (reservation_id, product_id, channel_id, partner_id, quantity, quantity_held, status, expires_at, pricing_snapshot)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
       SELECT CONCAT('res_many_', i), 941 + i MOD 2, 'ota', IF(i MOD 3, 'partner-a', 'partner-b'), 1, 1,
         ELT(1 + i MOD 4, 'active', 'active', 'activated', 'expired'), NOW(6) + INTERVAL i - 1000 SECOND, '{}' FROM n;
       ANALYZE TABLE channel_reservations`,
    );
  });

  it.each([
    ['an operator', unitsOfProduct(941, 50)],
    ['a partner', unitsForPartner(941, { id: 'partner-a', channelId: 'ota' }, 50)],
  ])('for %s', async (_, { sql, values }) => {
    const plan = await demo.database.rows<{ table: string | null; key: string; type: string; Extra: string | null }>(
      `EXPLAIN FORMAT=TRADITIONAL ${sql}`,
      values,
    );
    const reading = plan.filter(({ table }) => table === 'channel_reservations');
    expect(reading.length).toBeGreaterThanOrEqual(5);
    for (const { key, type, Extra } of reading) {
      expect(key).toBe('idx_reservations_overdue');
      // Not `index`: that would be those of all products.
      expect(['range', 'ref']).toContain(type);
      expect(Extra).toMatch(/Using index(?! condition)/);
      expect(Extra).not.toContain('filesort');
    }
  });
});

describe('it needs', () => {
  it('inventory:read or admin, and with both shows all', async () => {
    await addKey(demo.database, 'partner-a', 'writing', ['reservations:write']);
    const refused = await explain('writing', 106);
    expectProblem(refused, 403, 'scope_missing');
    expect(refused.text).toContain('lacks the scope inventory:read or admin.');
    await addKey(demo.database, 'operator', 'both', ['inventory:read', 'admin']);
    const views = await Promise.all([READ_ONLY, OPERATOR, 'both'].map((key) => explain(key, 106)));
    expect(views.map(({ body }) => body.view)).toEqual(['partner', 'operator', 'operator']);
  });
});
