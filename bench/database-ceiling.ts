import { uuidv7 } from 'uuidv7';

import { comingSpecialDates, productPrices } from '../src/catalog/price.store.js';
import { createLanesPool } from '../src/database/pools.js';
import { Tx } from '../src/database/transaction.js';
import type { Movement } from '../src/domain/movement.js';
import type { Reservation } from '../src/domain/reservation.js';
import { appendMovements } from '../src/events/movement.store.js';
import { lockInventory, saveInventory } from '../src/inventory/inventory.store.js';
import { insertReservations } from '../src/reservation/reservation.store.js';
import { medians } from './compare.js';
import { ask } from './processes.js';
import type { Outcome } from './scenario.js';
import { type Bench, Side } from './sides.js';
import { before, faultsOf } from './soundness.js';
import { median } from './statistics.js';
import { CHANNEL, makeStock, PARTNER, type Stock } from './stock.js';

const CLIENTS = 64;
const PRODUCT = 1;
const HOLD_MS = 86_400_000;

/**
 * What MySQL alone takes of the service's statements, in batches of the size that the service made under the same load:
 * one connection, no HTTP, no rules.
 */
export async function databaseCeiling(bench: Bench): Promise<Outcome> {
  const { seconds, warmUpSeconds, rounds } = bench.options;
  const wanted = { asks: 'reserve', clients: CLIENTS, products: 1 } as const;
  const side = await Side.open(bench, 'service');
  const stock = await makeStock(bench.server, 'allotment_bench_ceiling');
  const start = await before(stock);
  await side.measure({ ...wanted, seconds: warmUpSeconds });
  const results = [];
  const rates: number[] = [];
  let sold = 0;
  let batch = CLIENTS;
  for (let round = 1; round <= rounds; round++) {
    results.push(await side.measure({ ...wanted, seconds }));
    batch = Math.round(await meanBatch(side.process.port));
    const made = await batches(stock, batch, seconds);
    sold += made;
    rates.push(made / seconds);
    bench.say(`  round ${round} of ${rounds}, batches of ${batch}: ${(made / seconds).toFixed(0)}/s`);
  }
  const service = medians('service', results);
  const faults = [...(await side.close()), ...(await faultsOf(stock, start, sold, true))];
  await stock.drop();
  return {
    measured: [service],
    findings: [
      { what: `MySQL alone, batches of ${batch}`, value: median(rates), unit: '/s' },
      { what: 'throughput, service : MySQL alone', value: service.throughput / median(rates), unit: ' ×' },
    ],
    faults,
  };
}

/** Commands per transaction, since the service started. */
async function meanBatch(port: number): Promise<number> {
  const text = (await ask(port, '/metrics'))?.body ?? '';
  const read = (name: string): number =>
    Number(new RegExp(`^allotment_batch_commands_${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return read('sum') / read('count');
}

/** @returns how many reservations were committed */
async function batches(stock: Stock, size: number, seconds: number): Promise<number> {
  const pool = createLanesPool(stock.url, 1);
  const connection = await pool.getConnection();
  const deadline = performance.now() + seconds * 1000;
  let made = 0;
  while (performance.now() < deadline) {
    const tx = new Tx(connection);
    const [rows, [product], specialDatesMilli] = await tx.read(
      lockInventory([PRODUCT], 'wait'),
      productPrices([PRODUCT]),
      comingSpecialDates(),
    );
    const locked = rows.get(PRODUCT);
    const allocation = locked?.allocations.get(CHANNEL);
    if (!locked || !product || !allocation) throw new Error('the stock of the bench is gone');
    const { now, movementSeq } = locked;
    const pricing = { ...product.prices, specialDatesMilli };
    const reservations = Array.from({ length: size }, () => reservation(now, pricing));
    insertReservations(tx, reservations);
    const movements = reservations.map(({ id }, n): Movement => ({
      seq: movementSeq + 1 + n,
      channelId: CHANNEL,
      kind: 'reserved',
      units: 1,
      reservationId: id,
      partnerId: PARTNER,
      ...allocation,
      reserved: allocation.reserved + 1 + n,
    }));
    appendMovements(tx, uuidv7(), now, [{ productId: PRODUCT, movements }]);
    const after = new Map([[CHANNEL, { ...allocation, reserved: allocation.reserved + size }]]);
    saveInventory(tx, PRODUCT, after, movementSeq + size);
    await tx.commit();
    made += size;
  }
  connection.release();
  await pool.end();
  return made;
}

const reservation = (now: number, pricing: Reservation['pricing']): Reservation => ({
  id: `res_${uuidv7()}`,
  productId: PRODUCT,
  channelId: CHANNEL,
  partnerId: PARTNER,
  quantity: 1,
  quantityHeld: 1,
  status: 'active',
  expiresAt: now + HOLD_MS,
  createdAt: now,
  activatedAt: undefined,
  cancelledAt: undefined,
  cancelReason: undefined,
  releasedAt: undefined,
  extensions: 0,
  pricing,
  order: undefined,
  asked: {},
});
