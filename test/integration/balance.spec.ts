import { PARTNER_A } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import type { Balance, Line, Lines } from '../support/ledger.js';
import { holdUnits } from '../support/life.js';
import { expectProblem } from '../support/problem.js';
import { addProducts } from '../support/stock.js';

const demo = useDemoService();
beforeAll(async () => {
  await addOperator(demo.database);
  await addProducts(demo.database, [901], { ota: 40, direct: 30 });
  const sold = await holdUnits(demo.api, 901, 5);
  await holdUnits(demo.api, 901, 3);
  await demo.api.step(PARTNER_A, sold.reservation_id, 'activate', { quantity: 4 });
  await demo.api.desk(OPERATOR, 'POST products/901/transfers', { from: 'ota', to: 'direct', units: 2 }, IF_ANY);
  await demo.api.step(PARTNER_A, sold.reservation_id, 'cancel');
});
const IF_ANY = { 'if-match': '*' };

/** A product's lines, oldest first. */
const linesOf = async (product: number): Promise<readonly Line[]> =>
  (await demo.api.desk<Lines>(OPERATOR, `GET movements?order=oldest&product_id=${product}`)).body.movements;

describe('the balance at a moment', () => {
  const balance = (product: number | string, at?: string) =>
    demo.api.desk<Balance>(OPERATOR, `GET products/${product}/balance${at === undefined ? '' : `?at=${at}`}`);

  it('is what the last line of each channel until then says, whichever the moment', async () => {
    const lines = await linesOf(901);
    for (const { occurred_at: at } of lines) {
      const until = lines.filter((line) => line.occurred_at <= at);
      const last = (channel: string): Line | undefined => until.findLast((line) => line.channel_id === channel);
      const { body } = await balance(901, at);
      expect(body).toMatchObject({ at, seq: until.at(-1)?.seq, unknown: [] });
      expect(body.channels).toEqual(
        ['direct', 'ota'].map((channel_id) => ({
          channel_id,
          allocated: last(channel_id)?.allocated,
          reserved: last(channel_id)?.reserved,
          sold: last(channel_id)?.sold,
          free: expect.any(Number),
          seq: last(channel_id)?.seq,
          since: last(channel_id)?.occurred_at,
        })),
      );
      expect(body.sellable_cap).toBe(70);
    }
  });

  it('is that of now, when none is named', async () => {
    const { body } = await balance(901);
    expect(body.channels).toMatchObject([
      { channel_id: 'direct', allocated: 32, reserved: 0, sold: 0 },
      { channel_id: 'ota', allocated: 38, reserved: 3, sold: 0 },
    ]);
  });

  it('has nothing before the first line', async () => {
    const { body } = await balance(901, '2020-01-01T00:00:00Z');
    expect(body).toMatchObject({ seq: 0, sellable_cap: 0, channels: [], unknown: [] });
  });

  it('does not know what the ledger was never told', async () => {
    await demo.database.rows(
      `INSERT INTO products (id, name, currency, time_zone, weekday_price, weekend_price) VALUES (931, 'x', 'CNY', 'UTC', 1, 1);
       INSERT INTO product_inventory (product_id, sellable_cap, channel_allocations)
       VALUES (931, 9, '{"ota": {"allocated": 5}, "direct": {"allocated": 4}}')`,
    );
    const before = new Date().toISOString();
    expect((await balance(931)).body).toMatchObject({ seq: 0, sellable_cap: null, channels: [] });
    await holdUnits(demo.api, 931, 2);
    expect((await balance(931, before)).body).toMatchObject({
      sellable_cap: null,
      unknown: [
        { channel_id: 'direct', why: 'no_line' },
        { channel_id: 'ota', why: 'no_line' },
      ],
    });
    expect((await balance(931)).body).toMatchObject({
      seq: 1,
      sellable_cap: null,
      channels: [{ channel_id: 'ota', allocated: 5, reserved: 2 }],
      unknown: [{ channel_id: 'direct', why: 'no_line' }],
    });
  });

  it('does not know what is in the archive, and says so; what the archive left tells of all moments since', async () => {
    await addProducts(demo.database, [932], { ota: 20, direct: 10 });
    const held = await holdUnits(demo.api, 932, 2);
    await demo.api.step(PARTNER_A, held.reservation_id, 'cancel');
    await holdUnits(demo.api, 932, 3);
    const lines = await linesOf(932);
    // What an archive of all until line 4 leaves: each channel's newest of these.
    await demo.database.rows('DELETE FROM inventory_movements WHERE product_id = 932 AND seq IN (1, 3)');
    const at = (seq: number): string => lines[seq - 1]?.occurred_at ?? '';
    expect((await balance(932, at(3))).body).toMatchObject({
      sellable_cap: null,
      channels: [{ channel_id: 'direct', allocated: 10, seq: 2 }],
      unknown: [{ channel_id: 'ota', why: 'archived' }],
    });
    for (const seq of [4, 5])
      expect((await balance(932, at(seq))).body).toMatchObject({ seq, sellable_cap: 30, unknown: [] });
  });

  it.each(['at=soon', 'at=', 'at=2026-12-24', 'at=9000-01-01T00:00:00Z'])('refuses ?%s', async (query) => {
    expectProblem(await balance(901, query.replace('at=', '')), 422, 'invalid_filter');
  });

  it('refuses a parameter that it does not know, and a product that does not exist', async () => {
    expectProblem(await demo.api.desk(OPERATOR, 'GET products/901/balance?when=x'), 400, 'malformed_request');
    expectProblem(await balance(999), 404, 'product_not_found');
    expectProblem(await balance('x'), 404, 'product_not_found');
  });
});
