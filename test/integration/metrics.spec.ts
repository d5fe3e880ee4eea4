import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { OpsServer } from '../../src/ops/ops-server.js';
import { bootApp, OWN_SHOP, PARTNER_A, PARTNER_B, READ_ONLY } from '../support/app.js';
import type { Api } from '../support/api.js';
import { demoDatabase } from '../support/database.js';
import { useDemoService } from '../support/demo-service.js';
import { holdInventory, waitForLockWaits } from '../support/locks.js';
import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';

/** A reading: the value of each series, by its name and labels in alphabetical order. */
type Reading = ReadonlyMap<string, number>;

async function read(api: Api): Promise<Reading> {
  const { status, text } = await api.send('/metrics');
  expect(status).toBe(200);
  return parse(text);
}

function parse(text: string): Reading {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name = '', labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const sorted =
        labels
          .match(/\w+="[^"]*"/g)
          ?.sort()
          .join(',') ?? '';
      return [sorted ? `${name}{${sorted}}` : name, Number(value)];
    }),
  );
}

/** How much the series grew while something was done. */
async function growth(api: Api, doing: () => Promise<unknown>): Promise<(series: string) => number> {
  const before = await read(api);
  await doing();
  const after = await read(api);
  return (series) => (after.get(series) ?? 0) - (before.get(series) ?? 0);
}

const outcomes = (code: string, partner: string, route: string): string =>
  `ota_outcomes_total{code="${code}",partner_id="${partner}",route="${route}"}`;
const movements = (kind: string, partner = 'partner-a', channel = 'ota'): string =>
  `ota_movements_total{channel="${channel}",kind="${kind}",partner_id="${partner}"}`;

describe('the metrics of a service', () => {
  const demo = useDemoService();

  it("say that they are Prometheus's text format", async () => {
    const { headers } = await demo.api.send('/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('count the answers by partner, route and code', async () => {
    const grown = await growth(demo.api, async () => {
      await demo.api.reserve(PARTNER_A, { product_id: 106, quantity: 1 });
      await demo.api.reserve(PARTNER_A, { product_id: 106, quantity: 99_999 });
      await demo.api.reserve(PARTNER_B, { product_id: 1, quantity: 1 });
      await demo.api.reserve(READ_ONLY, { product_id: 106, quantity: 1 });
      await demo.api.reserve('nobody', { product_id: 106, quantity: 1 });
      await demo.api.send('/nothing');
    });
    const route = '/api/ota/reserve';
    expect({
      ok: grown(outcomes('ok', 'partner-a', route)),
      insufficient: grown(outcomes('insufficient_inventory', 'partner-a', route)),
      unknown: grown(outcomes('unknown_product', 'partner-b', route)),
      scope: grown(outcomes('scope_missing', 'partner-a', route)),
      key: grown(outcomes('invalid_api_key', '', route)),
      lost: grown(outcomes('not_found', '', 'none')),
    }).toEqual({ ok: 1, insufficient: 1, unknown: 1, scope: 1, key: 1, lost: 1 });
    expect(grown(`http_request_duration_seconds_count{method="POST",route="${route}",status="201"}`)).toBe(1);
    expect(grown(`http_request_duration_seconds_bucket{le="+Inf",method="POST",route="${route}",status="409"}`)).toBe(
      1,
    );
  });

  it('count what happens to units, once each', async () => {
    const grown = await growth(demo.api, async () => {
      const key = { 'idempotency-key': 'counted-once' };
      const { body: sold } = await demo.api.reserve(PARTNER_A, { product_id: 107, quantity: 5 }, key);
      await demo.api.reserve(PARTNER_A, { product_id: 107, quantity: 5 }, key);
      await demo.api.step(PARTNER_A, sold.reservation_id, 'activate', { quantity: 3 });
      await demo.api.step(PARTNER_A, sold.reservation_id, 'activate', { quantity: 3 });
      const { body: given } = await demo.api.reserve(PARTNER_A, { product_id: 107, quantity: 2 });
      await demo.api.step(PARTNER_A, given.reservation_id, 'cancel');
      const { body: late } = await demo.api.reserve(OWN_SHOP, { product_id: 107, quantity: 4 });
      await demo.database.rows('UPDATE channel_reservations SET expires_at = NOW(6) WHERE reservation_id = ?', [
        late.reservation_id,
      ]);
      await demo.service.app.get(ExpiryJob).run();
      await demo.api.reserve(PARTNER_A, { product_id: 107, quantity: 9_999 });
    });
    expect({
      reserved: grown(movements('reserved')),
      activated: grown(movements('activated')),
      returned: grown(movements('returned')),
      cancelled: grown(movements('cancelled')),
      expired: grown(movements('expired', 'own-shop', 'direct')),
      soldUnits: grown(movements('activated').replace('movements', 'movement_units')),
    }).toEqual({ reserved: 2, activated: 1, returned: 1, cancelled: 1, expired: 1, soldUnits: 3 });
    const reserves = (outcome: string): number =>
      grown(`ota_reserves_total{channel="ota",outcome="${outcome}",product_id="107"}`);
    expect({ reserved: reserves('reserved'), insufficient: reserves('insufficient') }).toEqual({
      reserved: 2,
      insufficient: 1,
    });
  });

  it('count each hold that ends once, and no sale that is cancelled', async () => {
    const { api, database, service } = demo;
    const grown = await growth(api, async () => {
      const holdOne = async (): Promise<string> =>
        (await api.reserve(PARTNER_B, { product_id: 107, quantity: 2 })).body.reservation_id;
      for (const body of [{}, { quantity: 1 }]) {
        const id = await holdOne();
        await api.step(PARTNER_B, id, 'activate', body);
        await api.step(PARTNER_B, id, 'cancel');
      }
      await api.step(PARTNER_B, await holdOne(), 'cancel');
      await holdOne();
      await database.rows('UPDATE channel_reservations SET expires_at = NOW(6) WHERE reservation_id = ?', [
        await holdOne(),
      ]);
      await service.app.get(ExpiryJob).run();
    });
    const ended = (outcome: string): number =>
      grown(`ota_holds_ended_total{channel="ota",outcome="${outcome}",partner_id="partner-b"}`);
    expect({ sold: ended('sold'), expired: ended('expired'), cancelled: ended('cancelled') }).toEqual({
      sold: 2,
      expired: 1,
      cancelled: 1,
    });
    expect(grown(movements('cancelled', 'partner-b'))).toBe(3);
  });

  it('measure batches, transactions, lock waits, the queue and the pools', async () => {
    const grown = await growth(demo.api, async () => {
      const some = Array.from({ length: 20 }, () => demo.api.reserve(PARTNER_A, { product_id: 108, quantity: 1 }));
      await Promise.all(some);
    });
    const batches = grown('allotment_batch_commands_count');
    expect(batches).toBeGreaterThan(0);
    expect(batches).toBeLessThanOrEqual(20);
    expect(grown('allotment_batch_commands_sum')).toBe(20);
    expect(grown('allotment_transaction_duration_seconds_count{outcome="committed"}')).toBe(batches);
    expect(grown('allotment_lock_wait_seconds_count')).toBe(batches);
    const now = await read(demo.api);
    expect(now.get('allotment_queue_depth')).toBe(0);
    for (const pool of ['read', 'write']) {
      expect(now.get(`allotment_pool_waiting{pool="${pool}"}`)).toBe(0);
      expect(now.get(`allotment_pool_connections{pool="${pool}",state="in_use"}`)).toBe(0);
      expect(now.get(`allotment_pool_connections{pool="${pool}",state="idle"}`)).toBeGreaterThan(0);
    }
    expect(now.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  });

  it('tell a wait for the row from a slow statement', async () => {
    const lock = await holdInventory(demo.database, 108);
    const grown = await growth(demo.api, async () => {
      const waiting = demo.api.reserve(PARTNER_A, { product_id: 108, quantity: 1 });
      await waitForLockWaits(demo.database, 1);
      await sleep(200);
      await lock.release();
      await waiting;
    });
    expect(grown('allotment_lock_wait_seconds_sum')).toBeGreaterThan(0.1);
    expect(grown('allotment_lock_wait_seconds_bucket{le="0.05"}')).toBe(0);
  });

  it('count transactions that were run again', async () => {
    let tries = 0;
    const grown = await growth(demo.api, () =>
      demo.service.app.get(UnitOfWork).run({
        work: async (tx) => {
          await tx.read({ sql: 'DO 0', values: [], read: () => undefined });
          if (++tries === 1) throw Object.assign(new Error('deadlock'), { errno: 1213 });
        },
        tookPlace: () => Promise.resolve(false),
      }),
    );
    expect(grown('allotment_transaction_retries_total{cause="rolled_back"}')).toBe(1);
    expect(grown('allotment_transaction_duration_seconds_count{outcome="failed"}')).toBe(1);
  });
});

describe('the gauges of stock', () => {
  const demo = useDemoService();

  it('are of the database, as of now', async () => {
    const { body } = await demo.api.reserve(PARTNER_A, { product_id: 106, quantity: 100 });
    await demo.api.reserve(OWN_SHOP, { product_id: 106, quantity: 100 });
    const before = await read(demo.api);
    expect({
      active: before.get('ota_reservations_active_count'),
      overdue: before.get('ota_reservations_overdue'),
      seconds: before.get('ota_reservations_overdue_seconds'),
      ota: before.get('ota_inventory_utilization_percent{channel="ota",product_id="106"}'),
      ok: before.get('allotment_stock_read_ok'),
    }).toEqual({ active: 2, overdue: 0, seconds: 0, ota: 15, ok: 1 }); // 200 sold earlier, 100 held, of 2 000

    await demo.database.rows(
      'UPDATE channel_reservations SET expires_at = NOW(6) - INTERVAL 90 SECOND WHERE reservation_id = ?',
      [body.reservation_id],
    );
    const after = await read(demo.api);
    expect(after.get('ota_reservations_active_count')).toBe(1);
    expect(after.get('ota_reservations_overdue')).toBe(1);
    expect(after.get('ota_reservations_overdue_seconds')).toBeGreaterThanOrEqual(90);
    expect(after.get('ota_reservations_overdue_seconds')).toBeLessThan(150);
  });

  it('leave out a retired product', async () => {
    await demo.database.rows("UPDATE products SET status = 'retired' WHERE id = 107");
    const now = await read(demo.api);
    expect(now.has('ota_inventory_utilization_percent{channel="ota",product_id="107"}')).toBe(false);
    expect(now.has('ota_inventory_utilization_percent{channel="ota",product_id="108"}')).toBe(true);
  });

  it('are absent while the database cannot be asked; all else is told', async () => {
    await demo.database.rows('RENAME TABLE product_inventory TO product_inventory_away');
    const without = await read(demo.api);
    await demo.database.rows('RENAME TABLE product_inventory_away TO product_inventory');
    expect(without.get('allotment_stock_read_ok')).toBe(0);
    expect([...without.keys()].filter((name) => /^ota_(inventory|reservations)/.test(name))).toEqual([]);
    expect(without.has('allotment_queue_depth')).toBe(true);
    expect((await read(demo.api)).get('allotment_stock_read_ok')).toBe(1);
  });
});

describe('who may read metrics', () => {
  const demo = useDemoService();

  it.each(['x-forwarded-for', 'forwarded'])('nobody whom a proxy on this machine let in: %s', async (header) => {
    const { status, body } = await demo.api.send('/metrics', { headers: { [header]: 'for=203.0.113.7' } });
    expect({ status, code: (body as { code: string }).code }).toEqual({ status: 404, code: 'not_found' });
  });

  it('nobody from elsewhere, told by a trusted proxy', async () => {
    const database = await demoDatabase();
    const service = await bootApp(database.url, { TRUST_PROXY: 'true' });
    const from = (address: string) => service.api.send('/metrics', { headers: { 'x-forwarded-for': address } });
    expect([(await from('203.0.113.7')).status, (await from('127.0.0.1')).status]).toEqual([404, 200]);
    await service.close();
    await database.drop();
  });

  it('whoever reaches OPS_PORT, and there alone', async () => {
    const database = await demoDatabase();
    const service = await bootApp(database.url, { OPS_PORT: '0' });
    const port = (await service.app.get(OpsServer).listen()) ?? 0;
    const ops = `http://127.0.0.1:${port}`;

    expect((await service.api.send('/metrics')).status).toBe(404);
    const answer = await fetch(`${ops}/metrics`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(parse(await answer.text()).get('ota_reservations_active_count')).toBe(0);
    for (const path of ['/', '/health/live', '/api/ota/inventory', '/metricss'])
      expect((await fetch(ops + path)).status).toBe(404);
    expect((await fetch(`${ops}/metrics`, { method: 'POST' })).status).toBe(404);

    const idle = connect(port, '127.0.0.1');
    await service.close(); // an open connection doesn't hold it up
    idle.destroy();
    await expect(fetch(`${ops}/metrics`)).rejects.toThrow();
    await database.drop();
  });
});
