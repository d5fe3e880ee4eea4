import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import {
  allRows,
  archivedLines,
  archivedRows,
  type ArchivedTable,
  NO_ROOM,
  runArchive,
  sorted,
  storedRows,
} from '../support/archive.js';
import { OWN_SHOP, PARTNER_A } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { endIn, holdUnits } from '../support/life.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

const TABLES: readonly ArchivedTable[] = ['channel_reservations', 'idempotency_keys', 'inventory_movements'];
const PRODUCT = 300;
const DAYS = 500;
const good = ['--older-than-days', '400'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'allotment-archive-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** All that can be with reservations, each once long ago and once today. */
describe('npm run archive', () => {
  const demo = useDemoService();
  const ids: Record<string, string> = {};

  const hold = async (name: string, key = PARTNER_A): Promise<string> => {
    const body = { product_id: PRODUCT, quantity: 2 };
    const reply = await demo.api.reserve(key, body, { 'idempotency-key': `key of ${name}` });
    expect(reply.status).toBe(201);
    return (ids[name] = reply.body.reservation_id);
  };

  /** One life of each kind. */
  const live = async (when: 'old' | 'new'): Promise<void> => {
    await endIn(demo.database, await hold(`${when}, expired`), -1);
    expect(await demo.service.app.get(ExpiryJob).run()).toBe(1);
    const cancelled = await hold(`${when}, cancelled`);
    await demo.api.step(PARTNER_A, cancelled, 'cancel', { reason: 'Zu teuer: 3 € "mehr"\n\\ als ☂' });
    await demo.api.step(PARTNER_A, await hold(`${when}, sold`), 'activate', { quantity: 1 });
    const returned = await hold(`${when}, sold and cancelled`);
    await demo.api.step(PARTNER_A, returned, 'activate');
    await demo.api.step(PARTNER_A, returned, 'cancel', {}, { 'idempotency-key': `cancel ${when}` });
    await demo.api.step(PARTNER_A, await hold(`${when}, sold, cancelled later`), 'activate');
    await hold(`${when}, active`);
    await hold(`${when}, overdue`, OWN_SHOP);
  };

  /** As if everything of the product had been so many days ago; holds that are active still end when they end. */
  const age = async (): Promise<void> => {
    await demo.database.rows(
      `UPDATE inventory_movements SET occurred_at = occurred_at - INTERVAL ${DAYS} DAY WHERE product_id = ${PRODUCT};
       UPDATE channel_reservations SET created_at = created_at - INTERVAL ${DAYS} DAY, cancelled_at = cancelled_at - INTERVAL ${DAYS} DAY,
         activated_at = activated_at - INTERVAL ${DAYS} DAY, released_at = released_at - INTERVAL ${DAYS} DAY + INTERVAL 123 MICROSECOND,
         expires_at = expires_at - INTERVAL IF(status = 'active', 0, ${DAYS}) DAY WHERE product_id = ${PRODUCT};
       UPDATE idempotency_keys SET created_at = created_at - INTERVAL ${DAYS} DAY;`,
    );
  };

  const archived = (table: ArchivedTable) => archivedRows(folder, table);

  beforeAll(async () => {
    await addProducts(demo.database, [PRODUCT], { ota: 100, direct: 100 });
    await live('old');
    await age();
    await live('new');
    await demo.api.step(PARTNER_A, ids['old, sold, cancelled later'] ?? '', 'cancel');
    for (const when of ['old', 'new']) {
      await endIn(demo.database, ids[`${when}, overdue`] ?? '', when === 'old' ? -DAYS * 86_400_000 : -1);
    }
    await expectSound(demo.database);
  });

  it('counts without touching anything when it is a dry run', async () => {
    const before = await allRows(demo.database);
    const { code, output } = await runArchive(demo.database.url, [...good, '--dry-run']);
    expect(output).toContain('channel_reservations: 3 rows\n');
    expect(output).toContain('idempotency_keys: 8 rows\n');
    expect(output).toMatch(/inventory_movements: [1-9]\d* rows\n/);
    expect(code).toBe(0);
    expect(await allRows(demo.database)).toEqual(before);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes what is over and old, to the last row and column, and leaves the rest', async () => {
    const before = await allRows(demo.database);
    const replay = await demo.api.reservation<{ order_id: number }>(PARTNER_A, ids['old, sold and cancelled'] ?? '');
    const { code, output } = await runArchive(demo.database.url, [...good, '--to', folder]);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('channel_reservations: 3 rows in ') });

    const after = await allRows(demo.database);
    for (const table of TABLES) {
      expect(sorted([...after[table], ...archived(table)])).toEqual(sorted(before[table]));
    }
    expect(new Set(archived('channel_reservations').map((row) => row['reservation_id']))).toEqual(
      new Set(['old, expired', 'old, cancelled', 'old, sold and cancelled'].map((name) => ids[name])),
    );
    expect(archived('channel_reservations')).toContainEqual(
      expect.objectContaining({
        cancel_reason: 'Zu teuer: 3 € "mehr"\n\\ als ☂',
        pricing_snapshot: expect.objectContaining({ currency: 'CNY' }),
        released_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      }),
    );
    expect(new Set(after.idempotency_keys.map((row) => row['idempotency_key']))).toEqual(
      new Set([
        ...Object.keys(ids)
          .filter((name) => name.startsWith('new'))
          .map((name) => `key of ${name}`),
        'cancel new',
      ]),
    );
    await expectSound(demo.database, archivedLines(folder));

    // The order outlives its reservation.
    const orders = await demo.database.rows('SELECT status FROM orders WHERE id = ?', [replay.body.order_id]);
    expect(orders).toEqual([{ status: 'cancelled' }]);
    for (const name of ['old, expired', 'old, cancelled', 'old, sold and cancelled']) {
      expectProblem(await demo.api.reservation(PARTNER_A, ids[name] ?? ''), 404, 'reservation_not_found');
    }
    for (const name of Object.keys(ids).filter((known) => known.startsWith('new'))) {
      const key = name.endsWith('overdue') ? OWN_SHOP : PARTNER_A;
      expect((await demo.api.reservation(key, ids[name] ?? '')).status).toBe(200);
    }
  });

  it('leaves every balance since the cutoff to be read from the ledger', async () => {
    const { code } = await runArchive(demo.database.url, [...good, '--to', folder]);
    expect(code).toBe(0);
    const [kept] = await demo.database.rows<{ channels: number }>(
      `SELECT COUNT(DISTINCT channel_id) AS channels FROM inventory_movements
       WHERE product_id = ${PRODUCT} AND occurred_at < NOW(6) - INTERVAL 400 DAY`,
    );
    expect(kept).toEqual({ channels: 2 });
    const active = await demo.database.rows<{ kind: string }>(
      'SELECT kind FROM inventory_movements WHERE reservation_id IN (?)',
      [[ids['old, active'], ids['old, overdue']]],
    );
    expect(active).toEqual([{ kind: 'reserved' }, { kind: 'reserved' }]);
  });

  it('finds nothing more the second time, and makes no file', async () => {
    const before = await allRows(demo.database);
    const { output } = await runArchive(demo.database.url, [...good, '--to', folder]);
    expect(output.match(/: 0 rows\n/g)).toHaveLength(3);
    expect(await allRows(demo.database)).toEqual(before);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('later takes what has come to an end meanwhile', async () => {
    expect(await demo.service.app.get(ExpiryJob).run()).toBe(2);
    await demo.database.rows(
      `UPDATE channel_reservations SET released_at = NOW(6) - INTERVAL ${DAYS} DAY WHERE reservation_id = ?`,
      [ids['old, overdue']],
    );
    const before = await storedRows(demo.database, 'inventory_movements');
    const { code } = await runArchive(demo.database.url, [...good, '--to', folder]);
    expect(code).toBe(0);
    expect(archived('channel_reservations').map((row) => row['reservation_id'])).toEqual([ids['old, overdue']]);
    // The newest of `direct` before the cutoff was the overdue hold's own, and still is.
    expect(await storedRows(demo.database, 'inventory_movements')).toEqual(before);
    await holdUnits(demo.api, PRODUCT, 1);
  });

  it.each([
    ['no arguments', [], '--older-than-days is missing'],
    ['no folder', good, '--to names no folder'],
    ['a folder that is not there', [...good, '--to', join(tmpdir(), 'no', 'such')], 'Make it first: mkdir -m 700'],
    ['too few days', ['--older-than-days', '6', '--to', tmpdir()], "'6' is not a whole number from 7 to 36500"],
    ['fewer days than a hold may last', ['--older-than-days', '7', '--to', tmpdir()], 'give 10 or more'],
    ['a batch of none', [...good, '--to', tmpdir(), '--batch', '0'], "'0' is not a whole number from 1 to 5000"],
    ['a pause that is no number', [...good, '--to', tmpdir(), '--pause-ms', '1e3'], "--pause-ms: '1e3'"],
    ['an unknown option', [...good, '--older', '4'], "Unknown option '--older'"],
    ['a stray word', [...good, 'orders'], "Unexpected argument 'orders'"],
  ])('refuses %s and does nothing', async (_, args, message) => {
    await demo.database.rows("UPDATE partners SET hold_max_seconds = 864000 - 5 WHERE id = 'partner-b'");
    const before = await allRows(demo.database);
    const { code, output } = await runArchive(demo.database.url, args);
    expect(output).toContain(message);
    expect(code).toBe(2);
    expect(await allRows(demo.database)).toEqual(before);
  });

  it('deletes nothing that it could not write', async () => {
    await demo.database.rows('UPDATE idempotency_keys SET created_at = NOW(6) - INTERVAL 500 DAY');
    const before = await allRows(demo.database);
    const { code, output } = await runArchive(demo.database.url, [...good, '--to', folder], NO_ROOM);
    expect(output).toMatch(/The archive can't be written \(EFBIG.*run it again/);
    expect(code).toBe(1);
    expect(await allRows(demo.database)).toEqual(before);
  });
});
