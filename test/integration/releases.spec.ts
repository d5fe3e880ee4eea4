import { ReleaseJob } from '../../src/reservation/release.job.js';
import type { ReleaseListResponse, ReleasePreviewResponse, ReleaseResponse } from '../../src/desk/release.dto.js';
import { allotmentState, type Route } from '../support/allotment.js';
import type { Problem, Reply } from '../support/api.js';
import { bootApp, OWN_SHOP, PARTNER_A, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { holdUnits } from '../support/life.js';
import { addDueRelease, linesOf, type ReleaseRow, releaseRow } from '../support/releases.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, makeOverdue, range } from '../support/stock.js';

let database: TestDatabase;
let service: TestApp;

beforeAll(async () => {
  database = await demoDatabase();
  await addOperator(database);
  service = await bootApp(database.url);
});
afterEach(() => expectSound(database));
afterAll(async () => {
  await service.close();
  await database.drop();
});

type Answer = ReleaseResponse & ReleasePreviewResponse & Omit<Problem, 'status'>;

const ask = (route: Route, body?: unknown): Promise<Reply<Answer>> => service.api.desk<Answer>(OPERATOR, route, body);
const runDue = (): Promise<number> => service.app.get(ReleaseJob).run();
/** Its time has come. */
const makeDue = (id: string): Promise<unknown> =>
  database.rows('UPDATE scheduled_releases SET due_at = NOW(3) WHERE id = ?', [id]);
const inOneDay = (): string => new Date(Date.now() + 86_400_000).toISOString();

const logOf = (id: string): Promise<Record<string, unknown>[]> =>
  database.rows(
    `SELECT l.action, k.partner_id AS who, l.reason, l.details FROM desk_log l
     LEFT JOIN api_keys k ON l.actor = CONCAT('key:', k.id) WHERE subject_type = 'release' AND subject_id = ? ORDER BY l.id`,
    [id],
  );

describe('a release', () => {
  beforeAll(() => addProducts(database, [701, 702, 703, 704], { direct: 10, ota: 30 }));

  it('is scheduled, previewed, read, carried out when its time has come, and attributed', async () => {
    await holdUnits(service.api, 701, 4);
    await makeOverdue(database, [701]);
    await holdUnits(service.api, 701, 3);
    const body = { from: 'ota', to: 'direct', keep: 5, at: inOneDay(), reason: 'Cut-off' };
    const { status, body: made } = await ask('POST products/701/releases', body);
    expect(status).toBe(201);
    const { release_id: id } = made;
    expect(made).toMatchObject({ product_id: 701, from: 'ota', to: 'direct', keep: 5, due_at: body.at });
    expect(made).toMatchObject({
      status: 'scheduled',
      reason: 'Cut-off',
      visit_date: null,
      units: null,
      done_at: null,
    });
    expect((await ask(`GET releases/${id}`)).body).toEqual(made);

    expect(await runDue()).toBe(0);
    const before = await allotmentState(database, 701);
    const preview = await ask('POST products/701/releases?dry_run=true', body);
    expect({ status: preview.status, due: preview.body.due_at }).toEqual({ status: 200, due: body.at });
    expect(await allotmentState(database, 701)).toEqual(before);

    await makeDue(id);
    expect(await runDue()).toBe(1);
    const { body: allotment } = await ask('GET products/701/allotment');
    expect(preview.body.change).toMatchObject({
      dry_run: true,
      changes: [{ channel_id: 'ota', units: -22 }, { units: 22 }],
    });
    expect(preview.body.change.allotment).toEqual(allotment);
    const done = (await ask(`GET releases/${id}`)).body;
    expect(done).toMatchObject({ status: 'done', units: 22, cancelled_at: null });
    expect(Date.parse(done.done_at ?? '')).toBeGreaterThanOrEqual(Date.parse(done.due_at));
    expect(await linesOf(database, id)).toEqual([
      { channel_id: 'ota', kind: 'deallocated', units: 22 },
      { channel_id: 'direct', kind: 'allocated', units: 22 },
    ]);
    const reasons = await database.rows('SELECT DISTINCT reason FROM inventory_movements WHERE actor = ?', [
      `release:${id}`,
    ]);
    expect(reasons).toEqual([{ reason: 'Cut-off' }]);
    expect(await logOf(id)).toEqual([
      {
        action: 'release.scheduled',
        who: 'operator',
        reason: 'Cut-off',
        details: { product_id: 701, from: 'ota', to: 'direct', keep: 5, due_at: body.at },
      },
    ]);
    expect(service.log.filter(({ msg }) => msg === 'timed release carried out')).toEqual([
      expect.objectContaining({ release_id: id, product_id: 701, from: 'ota', to: 'direct', units: 22 }),
    ]);
    expect(await service.api.available(OWN_SHOP, 701)).toBe(32);
    expect(await service.api.available(PARTNER_A, 701)).toBe(5);
    expect(await runDue()).toBe(0);
  });

  it('of what is kept, or of nothing, is done with 0 units', async () => {
    const kept = await addDueRelease(database, { product_id: 702, keep_units: 30 });
    const none = await addDueRelease(database, {
      product_id: 702,
      from_channel: 'direct',
      to_channel: 'ota',
      keep_units: 0,
    });
    const nothing = await addDueRelease(database, { product_id: 702, from_channel: 'direct', to_channel: 'ota' });
    expect(await runDue()).toBe(3);
    for (const [row, units] of [
      [kept, 0],
      [none, 10],
      [nothing, 0],
    ] as const) {
      expect(await releaseRow(database, row.id)).toMatchObject({ status: 'done', units });
      expect(await linesOf(database, row.id)).toHaveLength(units === 0 ? 0 : 2);
    }
  });

  it.each([
    [{ visit_date: '2030-07-01', days_before: 14 }, '2030-06-16T16:00:00.000Z', '00:00'],
    [{ visit_date: '2030-07-01', days_before: 0, local_time: '18:30' }, '2030-07-01T10:30:00.000Z', '18:30'],
    [{ visit_date: '2028-03-01', days_before: 1 }, '2028-02-28T16:00:00.000Z', '00:00'],
  ])('by days before a visit %j is due at %s', async (when, due_at, local_time) => {
    const { body } = await ask('POST products/703/releases', { from: 'ota', to: 'direct', ...when });
    expect(body).toMatchObject({
      due_at,
      visit_date: when.visit_date,
      days_before: when.days_before,
      local_time,
      keep: 0,
    });
  });

  it("counts its days by the clocks of the product's time zone", async () => {
    await database.rows("UPDATE products SET time_zone = 'America/New_York' WHERE id = 704");
    const when = { visit_date: '2031-03-10', days_before: 1, local_time: '02:30' };
    const { body } = await ask('POST products/704/releases', { from: 'ota', to: 'direct', ...when });
    // Clocks go from 02:00 to 03:00 that night.
    expect(body.due_at).toBe('2031-03-09T07:30:00.000Z');
  });

  it('after a stop releases more overdue holds than one change may', async () => {
    await addProducts(database, [705], { direct: 1, ota: 1_500 });
    const HOLDS = 1_200;
    const made = await holdUnits(service.api, 705, 1);
    await database.rows(
      `INSERT INTO channel_reservations (reservation_id, product_id, channel_id, partner_id, quantity, quantity_held, status,
         expires_at, created_at, pricing_snapshot)
       SELECT many.id, r.product_id, r.channel_id, r.partner_id, 1, 1, 'active', NOW(6) - INTERVAL 1 HOUR, r.created_at,
         r.pricing_snapshot
       FROM channel_reservations r JOIN JSON_TABLE(?, '$[*]' COLUMNS (id VARCHAR(50) PATH '$')) many
       WHERE r.reservation_id = ?;
       INSERT INTO inventory_movements (product_id, seq, channel_id, kind, units, allocated, reserved, sold, occurred_at)
       VALUES (705, 4, 'ota', 'reserved', ?, 1500, ? + 1, 0, NOW(6));
       UPDATE product_inventory
       SET movement_seq = 4, channel_allocations = JSON_SET(channel_allocations, '$.ota.reserved', ? + 1) WHERE product_id = 705`,
      [JSON.stringify(range(0, HOLDS).map((n) => `res_many_${n}`)), made.reservation_id, HOLDS, HOLDS, HOLDS],
    );
    const { id } = await addDueRelease(database, { product_id: 705 });
    await runDue();
    expect(await releaseRow(database, id)).toMatchObject({ status: 'done', units: 1_499 });
  });
});

describe('releases', () => {
  it('are listed by the time they are due, page by page', async () => {
    await addProducts(database, [710, 711], { direct: 10, ota: 30 });
    const days = [5, 1, 3, 3, 2];
    const ids: string[] = [];
    for (const [n, day] of days.entries()) {
      const at = new Date(Date.UTC(2029, 0, day)).toISOString();
      const { body } = await ask(`POST products/${n === 4 ? 711 : 710}/releases`, { from: 'ota', to: 'direct', at });
      ids.push(body.release_id);
    }
    const [five, one, three, threeToo, two] = ids;
    const list = async (query: string): Promise<ReleaseListResponse> =>
      (await service.api.desk<ReleaseListResponse>(OPERATOR, `GET releases?${query}`)).body;
    const pages: string[][] = [];
    let cursor: string | null = '';
    for (; cursor !== null;) {
      const page: ReleaseListResponse = await list(`product_id=710&limit=2${cursor && `&cursor=${cursor}`}`);
      pages.push(page.releases.map(({ release_id: id }) => id));
      cursor = page.next_cursor;
    }
    expect(pages).toEqual([
      [one, three],
      [threeToo, five],
    ]);
    expect((await list('product_id=711')).releases.map(({ release_id: id }) => id)).toEqual([two]);
    await ask(`POST releases/${two}/cancel`);
    expect((await list('product_id=711&status=scheduled')).releases).toEqual([]);
    expect((await list('product_id=711&status=cancelled')).releases).toHaveLength(1);
    const everyDone = await list('status=done&limit=200');
    expect(new Set(everyDone.releases.map(({ status }) => status))).toEqual(new Set(['done']));
  });

  it.each([
    ['status=late', 'status'],
    ['product_id=0', 'product_id'],
    ['limit=201', 'limit'],
    ['cursor=x', 'cursor'],
    ['page=2', 'page'],
  ])('are not listed by ?%s', async (query, parameter) => {
    const { body } = await ask(`GET releases?${query}`);
    expect(body.errors).toEqual([expect.objectContaining({ parameter })]);
  });

  it.each(['rel_nope', 'rel_01a216f8-e34b-7445-80da-e8813f2daaee', '%C3%A9', "'", 'x'.repeat(80)])(
    'have none called %s',
    async (id) => {
      expect((await ask(`GET releases/${id}`)).body).toMatchObject({ status: 404, code: 'release_not_found' });
      expect((await ask(`POST releases/${id}/cancel`, {})).body).toMatchObject({ code: 'release_not_found' });
    },
  );
});

describe('a cancellation', () => {
  beforeAll(() => addProducts(database, [720], { direct: 10, ota: 30 }));

  it('keeps a release from being carried out, once and for all', async () => {
    const { id } = await addDueRelease(database, { product_id: 720 }, 60_000);
    const { status, body } = await ask(`POST releases/${id}/cancel`, { reason: 'sells after all' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ release_id: id, status: 'cancelled', done_at: null, units: null });
    await makeDue(id);
    expect(await runDue()).toBe(0);
    const again = await ask(`POST releases/${id}/cancel`, { reason: 'another' });
    expect({ status: again.status, at: again.body.cancelled_at }).toEqual({ status: 200, at: body.cancelled_at });
    expect(await logOf(id)).toEqual([
      { action: 'release.cancelled', who: 'operator', reason: 'sells after all', details: { product_id: 720 } },
    ]);
    expect(await linesOf(database, id)).toEqual([]);
  });

  it('comes too late once it is done', async () => {
    const { id } = await addDueRelease(database, { product_id: 720 });
    await runDue();
    const { body } = await ask(`POST releases/${id}/cancel`);
    expect(body).toMatchObject({ status: 409, code: 'release_settled', product_id: 720 });
    expect(await releaseRow(database, id)).toMatchObject({ status: 'done', units: 30, cancelled_by: null });
  });

  it('has a reason of bounded length', async () => {
    const { id } = await addDueRelease(database, { product_id: 720 }, 60_000);
    const { body } = await ask(`POST releases/${id}/cancel`, { reason: 'x'.repeat(501) });
    expect(body).toMatchObject({ status: 422, code: 'invalid_text' });
    expect(await releaseRow(database, id)).toMatchObject({ status: 'scheduled' });
  });
});

describe('releases of one product at one time', () => {
  it('are carried out one after the other, whoever was scheduled first', async () => {
    await addProducts(database, [730], { direct: 0, ota: 30 });
    const due: ReleaseRow[] = [];
    for (const n of range(0, 5))
      due.push(await addDueRelease(database, { product_id: 730, keep_units: 25 - 5 * n }, n - 10));
    expect(await runDue()).toBe(5);
    const rows = await Promise.all(due.map(({ id }) => releaseRow(database, id)));
    expect(rows.map(({ units }) => units)).toEqual([5, 5, 5, 5, 5]);
  });
});
