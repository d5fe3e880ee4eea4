import { PARTNER_A, PARTNER_B } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import type { Line, Lines } from '../support/ledger.js';
import { holdUnits } from '../support/life.js';
import { expectProblem } from '../support/problem.js';
import { addProducts } from '../support/stock.js';

const demo = useDemoService();
let actors: Readonly<Record<string, string>>;
beforeAll(async () => {
  await addOperator(demo.database);
  await addProducts(demo.database, [901, 902], { ota: 40, direct: 30 });
  // A life of every kind, on two products by turns, so that neither order is the other.
  const sold = await holdUnits(demo.api, 901, 5);
  const given = await holdUnits(demo.api, 902, 4, PARTNER_B);
  const kept = await holdUnits(demo.api, 901, 3, PARTNER_B);
  await demo.api.step(PARTNER_A, sold.reservation_id, 'activate', { quantity: 4 });
  await demo.api.step(PARTNER_B, given.reservation_id, 'cancel');
  await demo.api.step(PARTNER_B, kept.reservation_id, 'extend', {
    reservation_expires_at: new Date(Date.now() + 72 * 3_600_000).toISOString(),
  });
  const move = { from: 'ota', to: 'direct', units: 2, reason: '=1+1, "slow"\nhere' };
  await demo.api.desk(OPERATOR, 'POST products/901/transfers', move, { 'if-match': '*' });
  await demo.api.step(PARTNER_A, sold.reservation_id, 'cancel');
  ids = { sold: sold.reservation_id, given: given.reservation_id, kept: kept.reservation_id };
  const keys = await demo.database.rows<{ id: number; partner: string }>(
    'SELECT id, partner_id AS partner FROM api_keys',
  );
  actors = Object.fromEntries(keys.map(({ id, partner }) => [partner, `key:${id}`]));
});
let ids: { sold: string; given: string; kept: string };

const list = (query = '') => demo.api.desk<Lines>(OPERATOR, `GET movements${query}`);

/** All pages, one after another. */
async function all(query: string, limit: number): Promise<Line[]> {
  const lines: Line[] = [];
  for (let cursor = ''; ;) {
    const { status, body, text } = await list(`?${query}&limit=${limit}${cursor}`);
    if (status !== 200) throw new Error(text);
    lines.push(...body.movements);
    if (body.next_cursor === null) return lines;
    cursor = `&cursor=${body.next_cursor}`;
  }
}

const told = ({ product_id, seq, kind, units }: Line): unknown[] => [product_id, seq, kind, units];

const OF_901 = [
  [901, 1, 'opened', 40],
  [901, 2, 'opened', 30],
  [901, 3, 'reserved', 5],
  [901, 4, 'reserved', 3],
  [901, 5, 'activated', 4],
  [901, 6, 'returned', 1],
  [901, 7, 'extended', 0],
  [901, 8, 'deallocated', 2],
  [901, 9, 'allocated', 2],
  [901, 10, 'cancelled', 4],
];

describe('the ledger', () => {
  it('is read newest first, with balances, actor and reason', async () => {
    const { status, body } = await list('?product_id=901');
    expect(status).toBe(200);
    expect(body.next_cursor).toBeNull();
    expect(body.movements.map(told)).toEqual([...OF_901].reverse());
    expect(body.movements[2]).toEqual({
      ...{ product_id: 901, seq: 8, channel_id: 'ota', kind: 'deallocated', units: 2 },
      occurred_at: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      ...{ reservation_id: null, partner_id: null, allocated: 38, reserved: 3, sold: 4 },
      ...{ actor: actors['operator'], reason: '=1+1, "slow"\nhere' },
    });
  });

  it('has an order of all products: time, then product and number', async () => {
    const lines = await all('order=oldest', 1_000);
    const place = ({ occurred_at, product_id, seq }: Line): string =>
      `${occurred_at} ${String(product_id).padStart(10)} ${String(seq).padStart(10)}`;
    expect(lines.map(place)).toEqual([...lines.map(place)].sort());
    const [{ total } = { total: 0 }] = await demo.database.rows<{ total: number }>(
      'SELECT COUNT(*) AS total FROM inventory_movements',
    );
    expect(lines).toHaveLength(total);
    expect(await all('order=newest', 1_000)).toEqual([...lines].reverse());
  });

  it.each(['order=oldest', 'order=newest', 'order=oldest&product_id=901', 'partner_id=partner-b', 'channel_id=ota'])(
    'has the same lines in pages of any size: %s',
    async (query) => {
      const whole = await all(query, 1_000);
      expect(whole.length).toBeGreaterThan(4);
      for (const limit of [1, 2, 3, 7]) expect(await all(query, limit)).toEqual(whole);
    },
  );

  it('pages are not moved by what is written meanwhile', async () => {
    const first = await list('?product_id=902&limit=2');
    await holdUnits(demo.api, 902, 1);
    const second = await list(`?product_id=902&limit=2&cursor=${first.body.next_cursor}`);
    expect([...first.body.movements, ...second.body.movements].map(({ seq }) => seq)).toEqual([4, 3, 2, 1]);
  });

  it('finds lines by each filter, and by several at once', async () => {
    const found = async (query: string): Promise<unknown> => (await all(`order=oldest&${query}`, 1_000)).map(told);
    const picked = (...numbers: number[]): unknown => numbers.map((n) => OF_901[n - 1]);
    expect(await found('product_id=901&channel_id=direct')).toEqual(picked(2, 9));
    expect(await found('product_id=901&partner_id=partner-b')).toEqual(picked(4, 7));
    expect(await found('product_id=901&kind=reserved')).toEqual(picked(3, 4));
    expect(await found('product_id=901&kind=reserved&partner_id=partner-b')).toEqual(picked(4));
    expect(await found(`product_id=901&actor=${actors['operator']}`)).toEqual(picked(8, 9));
    expect(await found(`actor=${actors['operator']}`)).toEqual(picked(8, 9));
    expect(await found('kind=deallocated')).toEqual(picked(8));
    expect(await found(`reservation_id=${ids.sold}`)).toEqual(picked(3, 5, 6, 10));
    expect(await found(`reservation_id=${ids.kept}`)).toEqual(picked(4, 7));
    expect(await found(`reservation_id=${ids.kept}&kind=extended`)).toEqual(picked(7));
    expect(await found(`reservation_id=${ids.given}`)).toEqual([
      [902, 3, 'reserved', 4],
      [902, 4, 'cancelled', 4],
    ]);
    expect(await found(`reservation_id=${ids.given}&product_id=901`)).toEqual([]);
    expect(await found('reservation_id=res_demo_1')).toHaveLength(2);
    expect(await found('partner_id=nobody')).toEqual([]);
  });

  it('finds lines by time, to the microsecond: from that moment on, and before that moment', async () => {
    const lines = await all('order=oldest&product_id=901', 1_000);
    for (const scope of ['product_id=901&', '']) {
      for (const { occurred_at: at } of lines) {
        const of901 = async (query: string): Promise<Line[]> =>
          (await all(`order=oldest&${scope}${query}`, 1_000)).filter((line) => line.product_id === 901);
        expect(await of901(`from=${at}`)).toEqual(lines.filter((line) => line.occurred_at >= at));
        expect(await of901(`to=${at}`)).toEqual(lines.filter((line) => line.occurred_at < at));
      }
    }
    const [, , , third, , , , eighth] = lines;
    const [from = '', to = ''] = [third?.occurred_at, eighth?.occurred_at];
    const between = lines.filter((line) => line.occurred_at >= from && line.occurred_at < to);
    expect(between.length).toBeGreaterThan(1);
    expect(await all(`order=oldest&product_id=901&from=${from}&to=${to}`, 2)).toEqual(between);
    const abroad = `${new Date(Date.parse(from) + 8 * 3_600_000).toISOString().slice(0, 23)}+08:00`;
    expect(await all(`order=oldest&product_id=901&from=${abroad}&to=${to}`, 2)).toEqual(between);
    expect(await all('from=1970-01-01T00:00:00Z&to=1971-01-01T00:00:00Z', 2)).toEqual([]);
    expect(await all('product_id=901&from=9998-12-31T00:00:00Z', 2)).toEqual([]);
  });

  it.each([
    'kind=sold',
    'order=up',
    'limit=0',
    'limit=1001',
    'product_id=x',
    'product_id=0',
    'product_id=2147483648',
    'channel_id=',
    'channel_id=caf%C3%A9',
    `partner_id=${'x'.repeat(41)}`,
    'actor=a%20b',
    'from=yesterday',
    'from=2026-02-30T00:00:00Z',
    'from=0000-01-01T00:00:00Z',
    'to=2026-01-01',
    'from=2026-01-02T00:00:00Z&to=2026-01-02T00:00:00Z',
    'reservation_id=res_nope',
    'cursor=nonsense',
    `cursor=${Buffer.from('2026-02-30 00:00:00.000000 1 1').toString('base64url')}`,
    'kind=reserved&kind=expired',
  ])('refuses %s and says what it takes', async (query) => {
    const reply = await list(`?${query}`);
    expectProblem(reply, 422, 'invalid_filter');
    expect((reply.body as unknown as { errors: unknown[] }).errors).toHaveLength(1);
  });

  it('refuses a cursor of another product, and a parameter that it does not know', async () => {
    const { body } = await list('?product_id=902&limit=1');
    expectProblem(await list(`?product_id=901&cursor=${body.next_cursor}`), 422, 'invalid_filter');
    expectProblem(await list('?product=901'), 400, 'malformed_request');
    expectProblem(await demo.api.desk(OPERATOR, 'GET movements.csv?limit=5'), 400, 'malformed_request');
  });

  it('is for operators', async () => {
    for (const route of ['movements', 'movements.csv', 'products/106/balance'] as const)
      expectProblem(await demo.api.desk(PARTNER_A, `GET ${route}`), 403, 'scope_missing');
  });
});

describe('the ledger as a file', () => {
  it('has every line, oldest first, quoted where need be and with formulas defused', async () => {
    const { status, text, headers } = await demo.api.desk(OPERATOR, 'GET movements.csv?product_id=901');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(headers.get('content-disposition')).toBe('attachment; filename="movements.csv"');
    const [header, ...lines] = text.split('\r\n');
    expect(header).toBe(
      'product_id,seq,occurred_at,channel_id,kind,units,reservation_id,partner_id,allocated,reserved,sold,actor,reason',
    );
    expect(lines).toHaveLength(OF_901.length + 1);
    expect(lines.at(-1)).toBe('');
    expect(lines[2]).toMatch(new RegExp(`^901,3,20[^,]+Z,ota,reserved,5,${ids.sold},partner-a,40,5,0,key:\\d+,$`));
    expect(lines[7]).toMatch(/,ota,deallocated,2,,,38,3,4,key:\d+,"'=1\+1, ""slow""\nhere"$/);
  });

  it('takes the filters of the list, and its order', async () => {
    const { text } = await demo.api.desk(OPERATOR, 'GET movements.csv?partner_id=partner-b&order=newest');
    const lines = await all('partner_id=partner-b', 1_000);
    expect(
      text
        .split('\r\n')
        .slice(1, -1)
        .map((line) => line.split(',').slice(0, 2).join(' ')),
    ).toEqual(lines.map(({ product_id, seq }) => `${product_id} ${seq}`));
    expectProblem(await demo.api.desk(OPERATOR, 'GET movements.csv?kind=sold'), 422, 'invalid_filter');
  });

  it('answers HEAD without a line', async () => {
    const { status, text, headers } = await demo.api.send('/api/admin/movements.csv', {
      method: 'HEAD',
      headers: { 'x-api-key': OPERATOR },
    });
    expect({ status, text, type: headers.get('content-type') }).toMatchObject({ status: 200, text: '' });
  });
});
