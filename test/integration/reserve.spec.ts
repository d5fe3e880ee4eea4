import type { Reply, Reserved } from '../support/api.js';
import { OWN_SHOP, PARTNER_A, PARTNER_B } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { addKey, addPartner } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

const demo = useDemoService();
afterEach(() => expectSound(demo.database));

interface Row {
  readonly reservation_id: string;
  readonly partner_id: string;
  readonly channel_id: string;
  readonly quantity: number;
  readonly quantity_held: number;
  readonly status: string;
  readonly expires_at: Date;
  readonly created_at: Date;
  readonly released_at: Date | null;
  readonly pricing_snapshot: Record<string, unknown>;
}

const reserve = (body: Record<string, unknown>, key = PARTNER_A): Promise<Reply<Reserved>> =>
  demo.api.reserve(key, { product_id: 106, ...body });

async function reserved(body: Record<string, unknown>, key = PARTNER_A): Promise<Reserved> {
  const reply = await reserve(body, key);
  expect({ status: reply.status, text: reply.text }).toEqual({ status: 201, text: reply.text });
  return reply.body;
}

async function rowOf({ reservation_id }: Reserved): Promise<Row> {
  const [row] = await demo.database.rows<Row>('SELECT * FROM channel_reservations WHERE reservation_id = ?', [
    reservation_id,
  ]);
  if (!row) throw new Error(`${reservation_id} is not in the database`);
  return row;
}

const countRows = async (): Promise<unknown> =>
  (
    await demo.database.rows(
      'SELECT (SELECT COUNT(*) FROM channel_reservations) r, (SELECT COUNT(*) FROM inventory_movements) m, (SELECT COUNT(*) FROM idempotency_keys) k',
    )
  )[0];

describe('a reservation', () => {
  it('is answered as the contract says, for 24 hours by the database’s clock', async () => {
    const [before] = await demo.database.rows<{ now: Date }>('SELECT SYSDATE(6) AS now');
    const reply = await reserve({ quantity: 50 });
    const [after] = await demo.database.rows<{ now: Date }>('SELECT SYSDATE(6) AS now');
    expect(reply.status).toBe(201);
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    expect(reply.headers.get('idempotency-replayed')).toBeNull();
    const { body } = reply;
    expect(body).toEqual({
      reservation_id: expect.stringMatching(/^res_[\w-]{20,46}$/),
      product_id: 106,
      channel_id: 'ota',
      quantity: 50,
      status: 'active',
      reserved_until: body.expires_at,
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      pricing_snapshot: {
        base_price: 288,
        weekend_premium: 30,
        customer_discounts: { child: 100, elderly: 50, student: 50 },
        currency: 'CNY',
      },
    });
    expect(Date.parse(body.expires_at) - Date.parse(body.created_at)).toBe(86_400_000);
    expect(Date.parse(body.created_at)).toBeGreaterThanOrEqual((before?.now.getTime() ?? NaN) - 1);
    expect(Date.parse(body.created_at)).toBeLessThanOrEqual((after?.now.getTime() ?? NaN) + 1);
  });

  it('stands in the database as it was answered, with its line in the ledger', async () => {
    const body = await reserved({ quantity: 3 }, PARTNER_B);
    const row = await rowOf(body);
    expect(row).toMatchObject({
      partner_id: 'partner-b',
      channel_id: 'ota',
      quantity: 3,
      quantity_held: 3,
      status: 'active',
      released_at: null,
    });
    expect(row.expires_at.toISOString()).toBe(body.expires_at);
    expect(row.created_at.toISOString()).toBe(body.created_at);
    const lines = await demo.database.rows<Record<string, unknown>>(
      'SELECT * FROM inventory_movements WHERE reservation_id = ?',
      [body.reservation_id],
    );
    expect(lines).toEqual([
      expect.objectContaining({
        kind: 'reserved',
        units: 3,
        product_id: 106,
        channel_id: 'ota',
        partner_id: 'partner-b',
      }),
    ]);
    expect(lines[0]?.['occurred_at']).toEqual(row.created_at);
  });

  it('holds units of its own channel only', async () => {
    const [ota, direct] = [await demo.api.available(PARTNER_A, 106), await demo.api.available(OWN_SHOP, 106)];
    await reserved({ quantity: 11 }, OWN_SHOP);
    expect([await demo.api.available(PARTNER_A, 106), await demo.api.available(OWN_SHOP, 106)]).toEqual([
      ota,
      direct - 11,
    ]);
  });

  it('is new each time without an Idempotency-Key', async () => {
    const ids = [await reserved({ quantity: 1 }), await reserved({ quantity: 1 }), await reserved({ quantity: 1 })];
    expect(new Set(ids.map(({ reservation_id }) => reservation_id)).size).toBe(3);
  });

  it('keeps the prices of its moment, whatever becomes of them', async () => {
    const at = { product_id: 107, quantity: 1 };
    const before = await reserved(at);
    const frozen = (await rowOf(before)).pricing_snapshot;
    expect(frozen).toMatchObject({ weekdayMinor: 38_800, weekendMinor: 42_800, discountsMinor: { family: 10_000 } });
    const coming = await demo.database.rows<{ day: string }>(
      "SELECT DATE_FORMAT(visit_date, '%Y-%m-%d') AS day FROM special_dates WHERE visit_date >= CURDATE() ORDER BY 1",
    );
    expect(Object.keys(frozen['specialDatesMilli'] as object)).toEqual(coming.map(({ day }) => day));

    await demo.database.rows('UPDATE products SET weekday_price = 400.50, weekend_price = 390.25 WHERE id = 107');
    await demo.database.rows("DELETE FROM customer_discounts WHERE product_id = 107 AND customer_type = 'family'");
    const after = await reserved(at);
    expect(after.pricing_snapshot).toEqual({
      base_price: 400.5,
      weekend_premium: -10.25,
      customer_discounts: { child: 150, elderly: 75 },
      currency: 'CNY',
    });
    expect((await rowOf(before)).pricing_snapshot).toEqual(frozen);
  });
});

describe('custom expiry', () => {
  const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
  const holdUntil = (text: unknown, key = PARTNER_A): Promise<Reply<Reserved>> =>
    reserve({ quantity: 1, reservation_expires_at: text }, key);

  it.each(['+08:00', '-03:30', '+00:00', 'Z'])('is the same instant with the offset %s', async (offset) => {
    const local = `${new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)}T14:30:00`;
    const reply = await holdUntil(`${local}${offset}`);
    expect(reply.status).toBe(201);
    expect(reply.body.expires_at).toBe(new Date(`${local}${offset}`).toISOString());
    expect(reply.body.reserved_until).toBe(reply.body.expires_at);
    expect((await rowOf(reply.body)).expires_at.toISOString()).toBe(reply.body.expires_at);
  });

  it.each([
    ['without an offset', '2030-01-01T00:00:00'],
    ['a date', '2030-01-01'],
    ['a day that does not exist', '2030-02-30T00:00:00Z'],
    ['an hour that does not exist', '2030-01-01T25:00:00Z'],
    ['words', 'tomorrow'],
    ['nothing', ''],
    ['another notation', 'Tue, 01 Jan 2030 00:00:00 GMT'],
    ['a number in a text', '1893456000'],
    ['the past', '2020-01-01T00:00:00Z'],
    ['long before', '0001-01-01T00:00:00Z'],
    ['far away', '9999-12-31T23:59:59Z'],
  ])('%s is 422', async (_, text) => {
    const before = await countRows();
    const { errors } = expectProblem(await holdUntil(text), 422, 'expiry_out_of_range');
    expect(errors).toEqual([{ pointer: '/reservation_expires_at', detail: expect.any(String) }]);
    expect(await countRows()).toEqual(before);
  });

  it('is at most 7 days away', async () => {
    expect((await holdUntil(inSeconds(7 * 86_400 - 30))).status).toBe(201);
    expectProblem(await holdUntil(inSeconds(7 * 86_400 + 30)), 422, 'expiry_out_of_range');
    expectProblem(await holdUntil(inSeconds(-2)), 422, 'expiry_out_of_range');
  });

  it("obeys the partner's own longest hold, which bounds the default too", async () => {
    await addPartner(demo.database, 'short', { holdMaxSeconds: 600 });
    await addKey(demo.database, 'short', 'short-key');
    const byDefault = await reserved({ quantity: 1 }, 'short-key');
    expect(Date.parse(byDefault.expires_at) - Date.parse(byDefault.created_at)).toBe(600_000);
    expect((await holdUntil(inSeconds(570), 'short-key')).status).toBe(201);
    expectProblem(await holdUntil(inSeconds(660), 'short-key'), 422, 'expiry_out_of_range');

    await addPartner(demo.database, 'long', { holdMaxSeconds: 30 * 86_400 });
    await addKey(demo.database, 'long', 'long-key');
    expect((await holdUntil(inSeconds(29 * 86_400), 'long-key')).status).toBe(201);
  });
});

describe('a late reserve', () => {
  const overdue = (hold: Reserved, secondsAgo: number): Promise<unknown> =>
    demo.database.rows(
      'UPDATE channel_reservations SET expires_at = SYSDATE(6) - INTERVAL ? SECOND WHERE reservation_id = ?',
      [secondsAgo, hold.reservation_id],
    );

  beforeAll(() => addProducts(demo.database, [500], { ota: 30, direct: 30 }));

  it('releases overdue holds of its channel, oldest first, and no more than it needs', async () => {
    const at = { product_id: 500, quantity: 10 };
    const [young, old, older] = [await reserved(at), await reserved(at), await reserved(at, PARTNER_B)];
    const elsewhere = await reserved(at, OWN_SHOP);
    await overdue(young, 1);
    await overdue(old, 20);
    await overdue(older, 30);
    await overdue(elsewhere, 40);
    expect(await demo.api.available(PARTNER_A, 500)).toBe(30);

    const late = await reserved({ product_id: 500, quantity: 15 });

    const statuses = await Promise.all([young, old, older, elsewhere].map(async (hold) => (await rowOf(hold)).status));
    expect(statuses).toEqual(['active', 'expired', 'expired', 'active']);
    expect((await rowOf(old)).released_at).toEqual((await rowOf(late)).created_at);
    const lines = await demo.database.rows(
      `SELECT kind, units, reservation_id, partner_id, reserved FROM inventory_movements
       WHERE product_id = 500 AND channel_id = 'ota' ORDER BY seq DESC LIMIT 3`,
    );
    expect(lines).toEqual([
      { kind: 'reserved', units: 15, reservation_id: late.reservation_id, partner_id: 'partner-a', reserved: 25 },
      { kind: 'expired', units: 10, reservation_id: old.reservation_id, partner_id: 'partner-a', reserved: 10 },
      { kind: 'expired', units: 10, reservation_id: older.reservation_id, partner_id: 'partner-b', reserved: 20 },
    ]);
    const logged = demo.service.log.filter(({ msg }) => msg === 'ota.reservation.expired');
    expect(logged.map((line) => line['reservation_id'])).toEqual([older.reservation_id, old.reservation_id]);
    expect(await demo.api.available(PARTNER_A, 500)).toBe(15);
  });

  it('that still does not fit releases nothing, and tells what GET tells', async () => {
    const available = await demo.api.available(PARTNER_A, 500);
    const before = await countRows();
    const reply = await reserve({ product_id: 500, quantity: available + 1 });
    expect(expectProblem(reply, 409, 'insufficient_inventory')).toMatchObject({ available, requested: available + 1 });
    expect(await countRows()).toEqual(before);
    await reserved({ product_id: 500, quantity: available });
    expect(await demo.api.available(PARTNER_A, 500)).toBe(0);
  });

  it('with a wrong expiry releases nothing either', async () => {
    await demo.database.rows(
      "UPDATE channel_reservations SET expires_at = SYSDATE(6) - INTERVAL 1 SECOND WHERE product_id = 500 AND status = 'active'",
    );
    const before = await countRows();
    const wrong = { product_id: 500, quantity: 30, reservation_expires_at: '2020-01-01T00:00:00Z' };
    expectProblem(await reserve(wrong), 422, 'expiry_out_of_range');
    expect(await countRows()).toEqual(before);
  });
});
