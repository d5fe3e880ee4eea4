import type { Reply, Reserved } from '../support/api.js';
import { OWN_SHOP, PARTNER_A, PARTNER_B } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { addKey } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { openSocket, rawRequest, sendRaw } from '../support/raw-http.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

const demo = useDemoService();
afterEach(() => expectSound(demo.database));

const BODY = { product_id: 106, quantity: 2 };
const post = (idempotencyKey: string, body: unknown = BODY, key = PARTNER_A): Promise<Reply<Reserved>> =>
  demo.api.reserve(key, body, { 'idempotency-key': idempotencyKey });

const reservations = async (): Promise<number> =>
  (await demo.database.rows('SELECT reservation_id FROM channel_reservations')).length;

async function first(idempotencyKey: string, body: unknown = BODY, key = PARTNER_A): Promise<Reply<Reserved>> {
  const before = await reservations();
  const reply = await post(idempotencyKey, body, key);
  expect(reply.status).toBe(201);
  expect(reply.headers.get('idempotency-replayed')).toBeNull();
  expect(await reservations()).toBe(before + 1);
  return reply;
}

/** The answer is the first one to the letter, and nothing has happened. */
async function expectReplay(
  earlier: Reply<Reserved>,
  idempotencyKey: string,
  body: unknown = BODY,
  key = PARTNER_A,
): Promise<void> {
  const before = await reservations();
  const reply = await post(idempotencyKey, body, key);
  expect({ status: reply.status, text: reply.text }).toEqual({ status: 201, text: earlier.text });
  expect(reply.headers.get('idempotency-replayed')).toBe('true');
  expect(reply.headers.get('content-type')).toBe(earlier.headers.get('content-type'));
  expect(await reservations()).toBe(before);
}

describe('a repeated request', () => {
  it('gets the first answer to the letter, as often as it is asked', async () => {
    const reply = await first('again');
    await expectReplay(reply, 'again');
    await expectReplay(reply, 'again');
    const kept = await demo.database.rows(
      "SELECT partner_id, status FROM idempotency_keys WHERE idempotency_key = 'again'",
    );
    expect(kept).toEqual([{ partner_id: 'partner-a', status: 201 }]);
  });

  it('is the same whatever the order of its members, its spaces and its Content-Type', async () => {
    const reply = await first('order', '{"product_id":106,"quantity":2}');
    await expectReplay(reply, 'order', '{ "quantity": 2.0,\n "product_id": 106 }');
    const headers = { 'idempotency-key': 'order', 'content-type': 'application/x-www-form-urlencoded' };
    const form = await demo.api.reserve(PARTNER_A, '{"quantity":2,"product_id":106}', headers);
    expect({ status: form.status, text: form.text }).toEqual({ status: 201, text: reply.text });
  });

  it('is the same with another key of the same partner', async () => {
    await addKey(demo.database, 'partner-a', 'second-key-of-a');
    const reply = await first('two-keys');
    await expectReplay(reply, 'two-keys', BODY, 'second-key-of-a');
  });

  it('gets the first answer after a restart', async () => {
    const reply = await first('restart');
    await demo.restart();
    await expectReplay(reply, 'restart');
  });

  it('gets the first answer after the hold has expired and was released', async () => {
    const body = { product_id: 107, quantity: 100 };
    const reply = await first('expired', body);
    await demo.database.rows(
      'UPDATE channel_reservations SET expires_at = SYSDATE(6) - INTERVAL 1 SECOND WHERE reservation_id = ?',
      [reply.body.reservation_id],
    );
    await expectReplay(reply, 'expired', body);
    while ((await demo.api.reserve(PARTNER_B, body)).status === 201);
    const [row] = await demo.database.rows('SELECT status FROM channel_reservations WHERE reservation_id = ?', [
      reply.body.reservation_id,
    ]);
    expect(row).toEqual({ status: 'expired' });
    await expectReplay(reply, 'expired', body);
  });

  it('gets the first answer though its own expiry has passed meanwhile', async () => {
    const body = { ...BODY, reservation_expires_at: new Date(Date.now() + 700).toISOString() };
    const reply = await first('short', body);
    await new Promise((resolve) => setTimeout(resolve, 800));
    await expectReplay(reply, 'short', body);
  });

  it('gets the first answer after prices, limits and the product itself have changed', async () => {
    const body = { product_id: 108, quantity: 5 };
    const reply = await first('changed', body);
    await demo.database.rows("UPDATE products SET weekday_price = 1, status = 'retired' WHERE id = 108");
    await demo.database.rows("UPDATE partners SET quantity_max = 1 WHERE id = 'partner-a'");
    await demo.restart();
    await expectReplay(reply, 'changed', body);
    await demo.database.rows("UPDATE products SET status = 'active' WHERE id = 108");
    await demo.database.rows("UPDATE partners SET quantity_max = 100 WHERE id = 'partner-a'");
    await demo.restart();
  });

  it('gets the first answer while the product is sold out', async () => {
    await addProducts(demo.database, [800], { ota: 4 });
    const body = { product_id: 800, quantity: 4 };
    const reply = await first('sold-out', body);
    expectProblem(await demo.api.reserve(PARTNER_B, body), 409, 'insufficient_inventory');
    await expectReplay(reply, 'sold-out', body);
    expectProblem(await post('sold-out-2', body), 409, 'insufficient_inventory');
  });
});

describe('a refusal is not kept', () => {
  it('the request is looked at anew, and may then be another', async () => {
    await addProducts(demo.database, [801], { ota: 4 });
    const body = { product_id: 801, quantity: 4 };
    const other = await demo.api.reserve(PARTNER_B, body);
    expectProblem(await post('refused', body), 409, 'insufficient_inventory');
    expectProblem(await post('refused', { ...body, quantity: 5 }), 409, 'insufficient_inventory');
    await demo.database.rows(
      'UPDATE channel_reservations SET expires_at = SYSDATE(6) - INTERVAL 1 SECOND WHERE reservation_id = ?',
      [other.body.reservation_id],
    );
    await expectReplay(await first('refused', body), 'refused', body);
  });

  it.each([
    ['400', { ...BODY, quantity: 1.5 }, 400],
    ['422', { ...BODY, quantity: 101 }, 422],
    ['422 of an unknown product', { product_id: 999, quantity: 1 }, 422],
  ])('%s', async (name, body, status) => {
    expect((await post(`after ${name}`, body)).status).toBe(status);
    await first(`after ${name}`);
  });
});

describe('a key used for another request', () => {
  it.each([
    ['another quantity', { ...BODY, quantity: 3 }],
    ['another product', { ...BODY, product_id: 107 }],
    ['a product that does not exist', { ...BODY, product_id: 999 }],
    ['one more member', { ...BODY, reservation_expires_at: '2030-01-01T00:00:00Z' }],
    ['more than there is', { ...BODY, quantity: 1_000_000 }],
  ])('is 422: %s', async (name, body) => {
    const reply = await first(`reused ${name}`);
    const before = await reservations();
    const { errors } = expectProblem(await post(`reused ${name}`, body), 422, 'idempotency_key_reused');
    expect(errors?.[0]?.parameter).toBe('Idempotency-Key');
    expect(await reservations()).toBe(before);
    await expectReplay(reply, `reused ${name}`);
  });
});

describe('whose key it is', () => {
  it("another partner's same key is another key", async () => {
    const ids = new Set<string>();
    for (const key of [PARTNER_A, PARTNER_B, OWN_SHOP]) {
      const reply = await first('shared', BODY, key);
      ids.add(reply.body.reservation_id);
      await expectReplay(reply, 'shared', BODY, key);
    }
    expect(ids.size).toBe(3);
    expect((await post('shared', { ...BODY, product_id: 107 }, PARTNER_B)).status).toBe(422);
  });

  it('keys compare byte for byte', async () => {
    const keys = ['Case', 'case', 'CASE', 'case.', 'c a s e', "case'--", 'case%', 'case"', '{case}'];
    for (const key of keys) await first(key);
    const kept = await demo.database.rows('SELECT 1 FROM idempotency_keys WHERE idempotency_key IN (?)', [keys]);
    expect(kept).toHaveLength(keys.length);
  });

  it('nothing is kept of a request without a key', async () => {
    const count = (): Promise<unknown> => demo.database.rows('SELECT COUNT(*) FROM idempotency_keys');
    const before = await count();
    expect((await demo.api.reserve(PARTNER_A, BODY)).status).toBe(201);
    expect(await count()).toEqual(before);
  });
});

describe('what a key may be', () => {
  const printable = String.fromCharCode(...Array.from({ length: 94 }, (_, n) => 0x21 + n));

  it.each([
    ['one character', '!'],
    ['255 characters', 'k'.repeat(255)],
    ['every printable character', printable],
  ])('%s', async (_, key) => {
    await expectReplay(await first(key), key);
  });

  it('two keys of 255 characters that differ in the last one are two', async () => {
    await first(`${'x'.repeat(254)}1`);
    await first(`${'x'.repeat(254)}2`);
  });

  it.each([
    ['nothing', ''],
    ['256 characters', 'k'.repeat(256)],
    ['a letter beyond ASCII', 'schl\u00fcssel'],
    ['a tab', 'a\tb'],
  ])('not %s', async (_, key) => {
    const before = await reservations();
    const { errors } = expectProblem(await post(key), 400, 'invalid_idempotency_key');
    expect(errors?.[0]?.parameter).toBe('Idempotency-Key');
    expect(await reservations()).toBe(before);
  });

  it('not UTF-8 either', async () => {
    const body = JSON.stringify(BODY);
    const request = rawRequest('POST /api/ota/reserve', [
      `X-API-Key: ${PARTNER_A}`,
      'Idempotency-Key: ключ',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ]);
    expectProblem(await sendRaw(demo.api.base, Buffer.from(request + body)), 400, 'invalid_idempotency_key');
  });

  it('a client that hangs up and repeats gets the reservation that it missed', async () => {
    const before = await reservations();
    const body = JSON.stringify(BODY);
    const socket = openSocket(demo.api.base);
    await new Promise<void>((resolve) => {
      socket.end(
        rawRequest('POST /api/ota/reserve', [
          `X-API-Key: ${PARTNER_A}`,
          'Idempotency-Key: hung-up',
          'Content-Type: application/json',
          `Content-Length: ${body.length}`,
        ]) + body,
        resolve,
      );
    });
    socket.destroy();
    const reply = await post('hung-up');
    expect(reply.status).toBe(201);
    expect(await reservations()).toBe(before + 1);
    await expectReplay(reply, 'hung-up');
  });
});
