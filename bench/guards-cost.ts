import { readdirSync, readFileSync } from 'node:fs';

import { connectionOf, createLanesPool } from '../src/database/pools.js';
import { SilenceLimit } from '../src/database/silence-limit.js';
import { Tx } from '../src/database/transaction.js';
import { lockInventory, saveInventory } from '../src/inventory/inventory.store.js';
import { batches } from './batches.js';
import type { Outcome } from './scenario.js';
import type { Bench } from './sides.js';
import { before, faultsOf } from './soundness.js';
import { median, medianRatio } from './statistics.js';
import { ALLOCATED, CHANNEL, makeStock, type Stock } from './stock.js';

/** One UPDATE a batch has the guards run once, however many reservations are in it. */
const BATCH = 64;
/** In one packet and one transaction, so that the disk is waited for once. */
const UPDATES = 1_000;
const PRODUCT = 2;
const DIRECT = 1_000;

/**
 * What the guards of 0014 take of each UPDATE, and of a batch: a database that has them and one that lost them, in turns.
 * UPDATEs in MySQL's own time on the processor, which others on the machine can't lengthen.
 */
export async function guardsCost(bench: Bench): Promise<Outcome> {
  const { rounds, seconds, warmUpSeconds } = bench.options;
  const { pid } = bench.server;
  const guarded = await makeStock(bench.server, 'allotment_bench_guarded');
  const bare = await makeStock(bench.server, 'allotment_bench_unguarded');
  await bare.rows(
    `DROP TRIGGER product_inventory_before_insert; DROP TRIGGER product_inventory_before_update;
     ALTER TABLE product_inventory DROP CHECK product_inventory_allocations_shape`,
  );
  const starts = [await before(guarded), await before(bare)] as const;
  const sold = {
    guarded: await batches(guarded, BATCH, warmUpSeconds),
    bare: await batches(bare, BATCH, warmUpSeconds),
  };
  await microsecondsOfUpdates(guarded, pid);
  await microsecondsOfUpdates(bare, pid);

  const update = { guarded: [] as number[], bare: [] as number[] };
  const rate = { guarded: [] as number[], bare: [] as number[] };
  for (let round = 1; round <= rounds; round++) {
    for (const [side, stock] of [
      ['guarded', guarded],
      ['bare', bare],
    ] as const) {
      update[side].push(await microsecondsOfUpdates(stock, pid));
      const made = await batches(stock, BATCH, seconds);
      sold[side] += made;
      rate[side].push(made / seconds);
    }
    bench.say(
      `  round ${round} of ${rounds}: an UPDATE ${told(update.guarded)} µs, without guards ${told(update.bare)} µs`,
    );
  }
  const faults = [
    ...(await faultsOf(guarded, starts[0], sold.guarded, true)),
    ...(await faultsOf(bare, starts[1], sold.bare, true)),
  ];
  await guarded.drop();
  await bare.drop();
  const cost = median(update.guarded.map((with_, n) => with_ - (update.bare[n] ?? NaN)));
  return {
    measured: [],
    findings: [
      { what: "an UPDATE of the inventory row, MySQL's CPU", value: median(update.guarded), unit: ' µs' },
      { what: 'of it CHECK and triggers', value: cost, unit: ' µs' },
      { what: 'an UPDATE, with : without', value: medianRatio(update.guarded, update.bare), unit: ' ×' },
      {
        what: `batches of ${BATCH}, with : without`,
        value: medianRatio(rate.guarded, rate.bare),
        unit: ' ×',
        bound: { least: 0.85, aim: 0.97 },
      },
    ],
    faults,
  };
}

const told = (values: readonly number[]): string => (values.at(-1) ?? NaN).toFixed(0);

/** The service's own UPDATE of a product on two channels, and in the end the row as it was. @returns for one of them */
async function microsecondsOfUpdates(stock: Stock, pid: number): Promise<number> {
  const pool = createLanesPool(stock.url, 1);
  const connection = await connectionOf(pool);
  const silence = new SilenceLimit();
  const tx = new Tx(connection, () => silence.begin(connection));
  const [rows] = await tx.read(lockInventory([PRODUCT], 'wait'));
  const locked = rows.get(PRODUCT);
  if (!locked) throw new Error('the stock of the bench is gone');
  for (let n = 1; n < UPDATES; n++) {
    const share = { allocated: ALLOCATED - DIRECT, reserved: n, sold: n };
    const shares = new Map([
      ['direct', { allocated: DIRECT, reserved: 0, sold: 0 }],
      [CHANNEL, share],
    ]);
    saveInventory(tx, PRODUCT, shares, locked.movementSeq + n);
  }
  saveInventory(tx, PRODUCT, locked.allocations, locked.movementSeq);
  const begun = processorNanoseconds(pid);
  await tx.commit();
  const spent = processorNanoseconds(pid) - begun;
  silence.close();
  connection.release();
  await pool.end();
  return spent / 1_000 / UPDATES;
}

/** Of all threads of a process; 0 of one that ended meanwhile. */
function processorNanoseconds(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    try {
      const [spent] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
      return sum + Number(spent);
    } catch {
      return sum;
    }
  }, 0);
}
