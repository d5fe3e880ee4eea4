import { uuidv7 } from 'uuidv7';

import { type KeptProduct, PriceBook } from '../src/catalog/price-book.js';
import { connectionOf, createLanesPool } from '../src/database/pools.js';
import { SilenceLimit } from '../src/database/silence-limit.js';
import { Tx } from '../src/database/transaction.js';
import type { Instant } from '../src/domain/instant.js';
import type { Movement } from '../src/domain/movement.js';
import type { PricingSnapshot } from '../src/domain/pricing.js';
import type { Reservation } from '../src/domain/reservation.js';
import { appendMovements } from '../src/events/movement.store.js';
import {
  type InventoryRow,
  lockInventory,
  lockUnchanged,
  type LockedInventory,
  saveInventory,
} from '../src/inventory/inventory.store.js';
import { insertReservations } from '../src/reservation/reservation.store.js';
import { CHANNEL, PARTNER, type Stock } from './stock.js';

const PRODUCT = 1;
const HOLD_MS = 86_400_000;

/**
 * The service's statements of a batch on a hot product, over and over, on one connection, without HTTP and without rules.
 *
 * @returns how many reservations were committed
 */
export async function batches(stock: Stock, size: number, seconds: number): Promise<number> {
  const pool = createLanesPool(stock.url, 1);
  const connection = await connectionOf(pool);
  const silence = new SilenceLimit();
  const open = (): Tx => new Tx(connection, () => silence.begin(connection));
  const { product, now, ...read } = await readOnce(open());
  const deadline = performance.now() + seconds * 1000;
  let row: InventoryRow = read;
  let made = 0;
  while (performance.now() < deadline) {
    const tx = open();
    lockUnchanged(tx, PRODUCT, row, [product.holds]);
    row = reserve(tx, row, now, product.pricing, size);
    await tx.commit();
    made += size;
  }
  silence.close();
  connection.release();
  await pool.end();
  return made;
}

async function readOnce(tx: Tx): Promise<LockedInventory & { readonly product: KeptProduct }> {
  const priceBook = new PriceBook();
  const reading = priceBook.open([PRODUCT]);
  const [rows, ...read] = await tx.read(lockInventory([PRODUCT], 'wait'), ...reading.queries);
  await tx.rollback();
  reading.result(...read);
  const row = rows.get(PRODUCT);
  const product = priceBook.kept(PRODUCT);
  if (!row || !product) throw new Error('the stock of the bench is gone');
  return { ...row, product };
}

/** @returns the row as that leaves it */
function reserve(tx: Tx, row: InventoryRow, now: Instant, pricing: PricingSnapshot, size: number): InventoryRow {
  const allocation = row.allocations.get(CHANNEL);
  if (!allocation) throw new Error('the stock of the bench is gone');
  const reservations = Array.from({ length: size }, () => reservation(now, pricing));
  insertReservations(tx, reservations);
  const movements = reservations.map(({ id }, n): Movement => ({
    seq: row.movementSeq + 1 + n,
    channelId: CHANNEL,
    kind: 'reserved',
    units: 1,
    reservationId: id,
    partnerId: PARTNER,
    ...allocation,
    reserved: allocation.reserved + 1 + n,
  }));
  appendMovements(tx, uuidv7(), now, [{ productId: PRODUCT, movements }]);
  const allocations = new Map([...row.allocations, [CHANNEL, { ...allocation, reserved: allocation.reserved + size }]]);
  const movementSeq = row.movementSeq + size;
  saveInventory(tx, PRODUCT, allocations, movementSeq);
  return { ...row, allocations, movementSeq };
}

const reservation = (now: Instant, pricing: PricingSnapshot): Reservation => ({
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
