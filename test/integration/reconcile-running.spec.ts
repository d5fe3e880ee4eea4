import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ReconciliationService } from '../../src/reconciliation/reconciliation.service.js';
import type { Api } from '../support/api.js';
import { PARTNER_A, PARTNER_B } from '../support/app.js';
import { addOldHolds, archivedLines, runArchive } from '../support/archive.js';
import { startCommand } from '../support/command.js';
import { startCuttingProxy } from '../support/cutting-proxy.js';
import { useDemoService } from '../support/demo-service.js';
import { newestLines, setCounters } from '../support/drift.js';
import { holdUnits } from '../support/life.js';
import { holdInventory, waitForLockWaits } from '../support/locks.js';
import { type ArchivedLine, expectSound } from '../support/soundness.js';
import { addProducts, range } from '../support/stock.js';
import { eventually } from '../support/wait.js';

jest.setTimeout(120_000);

const demo = useDemoService();

const start = (...args: string[]) => startCommand('reconcile', demo.database.url, args);
let archived: ArchivedLine[] = [];
afterEach(() => expectSound(demo.database, archived));

/** Sells, cancels and lets go until told to stop. @returns the statuses of all answers */
async function trade(api: Api, key: string, productId: number, goesOn: () => boolean): Promise<Set<number>> {
  const statuses = new Set<number>();
  for (let n = 0; goesOn() && n < 5_000; n++) {
    const held = await api.reserve(key, { product_id: productId, quantity: 1 });
    const step = await api.step(key, held.body.reservation_id, n % 10 === 9 ? 'activate' : 'cancel');
    for (const { status } of [held, step]) statuses.add(status);
  }
  return statuses;
}

const repairLines = async (productId: number): Promise<number> =>
  (await newestLines(demo.database, productId, 100_000)).filter(({ kind }) => kind === 'repaired').length;

describe('while sales go on', () => {
  it('nothing is off that is not, and what is off is repaired without a sale failing', async () => {
    const service = demo.service.app.get(ReconciliationService);
    await addProducts(demo.database, [600], { ota: 1_000 });
    let running = true;
    const trades = [PARTNER_A, PARTNER_B, PARTNER_A].map((key) => trade(demo.api, key, 600, () => running));
    const runs = 10;
    for (let n = 0; n < runs; n++) expect((await service.run()).differences).toEqual([]);
    for (let n = 1; n <= runs; n++) {
      // Between two of the service's own writes, whose units it adds to.
      await demo.database.rows(
        `UPDATE product_inventory SET channel_allocations = JSON_SET(channel_allocations, '$.ota.sold',
           CAST(JSON_EXTRACT(channel_allocations, '$.ota.sold') AS SIGNED) + 7) WHERE product_id = 600`,
      );
      const { differences, repairs } = await service.run({ repair: true });
      expect(differences).toContainEqual(expect.objectContaining({ productId: 600, channelId: 'ota', what: 'sold' }));
      expect(repairs).toEqual([expect.objectContaining({ productId: 600, kind: 'repaired' })]);
    }
    running = false;
    for (const statuses of await Promise.all(trades)) expect(statuses).toEqual(new Set([200, 201]));
    expect(await repairLines(600)).toBe(runs);
  });
});

describe('a repair', () => {
  it('that is killed leaves each product repaired or as it was, and the next one goes on', async () => {
    const products = range(610, 5);
    await addProducts(demo.database, products, { ota: 10 });
    for (const id of products) await setCounters(demo.database, id, 'ota', { reserved: 4 });
    const lock = await holdInventory(demo.database, 612);
    const first = start('--repair');
    await waitForLockWaits(demo.database, 1);
    first.process.kill('SIGKILL');
    await first.ended;
    await lock.release();
    const lines = async (): Promise<number[]> => Promise.all(products.map(repairLines));
    expect(await lines()).toEqual([1, 1, 0, 0, 0]);
    // The server may not have noticed yet that nobody is there any more.
    await eventually('another run', async () => (await start('--repair').ended).code === 0, 30_000);
    expect(await lines()).toEqual([1, 1, 1, 1, 1]);
  });

  it('takes place once when the answer to its COMMIT is lost', async () => {
    await addProducts(demo.database, [620], { ota: 10 });
    for (const cut of ['before', 'after', 'late'] as const) {
      await setCounters(demo.database, 620, 'ota', { reserved: 4 });
      const already = await repairLines(620);
      const network = await startCuttingProxy(demo.database.url);
      network.cutCommits(cut);
      const { code, output } = await startCommand('reconcile', network.url, ['--repair']).ended;
      expect({ cut, code, output, cuts: network.cuts }).toEqual({
        cut,
        code: 0,
        output: expect.stringContaining('repaired, ota reserved 4 -> 0'),
        cuts: 1,
      });
      await network.close();
      expect(await repairLines(620)).toBe(already + 1);
    }
  });

  it('keeps a second run out', async () => {
    await addProducts(demo.database, [630], { ota: 10 });
    await setCounters(demo.database, 630, 'ota', { sold: 1 });
    const lock = await holdInventory(demo.database, 630);
    const first = start('--repair');
    await waitForLockWaits(demo.database, 1);
    const second = await start().ended;
    await lock.release();
    expect(second).toMatchObject({ code: 2, output: expect.stringContaining('Another run is at work') });
    expect((await first.ended).code).toBe(0);
  });

  it("gives up on a product whose row can't be had, and says so", async () => {
    await addProducts(demo.database, [640, 641], { ota: 10 });
    for (const id of [640, 641]) await setCounters(demo.database, id, 'ota', { sold: 1 });
    const lock = await holdInventory(demo.database, 640);
    const { code, output } = await start('--repair').ended;
    await lock.release();
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('product 641: repaired') });
    expect(output).toContain('product 640: NOT repaired, The database did not take the change. Nothing was applied');
    expect((await start('--repair').ended).code).toBe(0);
  });
});

describe('the ledger', () => {
  const folder = mkdtempSync(join(tmpdir(), 'allotment-reconcile-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is followed to the newest line of a channel that hasn't sold for long", async () => {
    await addOldHolds(demo.database, 650, 21_000);
    expect((await start('--product', '650').ended).code).toBe(0);
    await demo.database.rows(
      "UPDATE inventory_movements SET reserved = 5 WHERE product_id = 650 AND channel_id = 'direct'",
    );
    const { code, output } = await start('--repair', '--product', '650').ended;
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('direct in the ledger only') });
  });

  it('is no less known when the archive has taken its beginning', async () => {
    await addOldHolds(demo.database, 660, 200);
    await holdUnits(demo.api, 660, 3);
    const archive = await runArchive(demo.database.url, ['--older-than-days', '400', '--to', folder]);
    expect(archive).toMatchObject({ code: 0, output: expect.stringContaining('inventory_movements') });
    archived = archivedLines(folder);
    expect(archived.length).toBeGreaterThan(200);
    expect(await start().ended).toMatchObject({ code: 0 });

    await setCounters(demo.database, 660, 'ota', { reserved: 0 });
    await setCounters(demo.database, 660, 'direct', { sold: 2 });
    expect((await start('--repair').ended).code).toBe(0);
    expect(await newestLines(demo.database, 660, 2)).toEqual([
      expect.objectContaining({ channel_id: 'direct', kind: 'repaired', units: 2, sold: 0 }),
      expect.objectContaining({ channel_id: 'ota', kind: 'repaired', units: 3, reserved: 3 }),
    ]);
  });
});
