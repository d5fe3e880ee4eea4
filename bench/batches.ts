import { uuidv7 } from 'uuidv7';

import { PriceBook } from '../src/catalog/price-book.js';
import { connectionOf, createLanesPool } from '../src/database/pools.js';
import { SilenceLimit } from '../src/database/silence-limit.js';
import { Tx } from '../src/database/transaction.js';
import type { Movement } from '../src/domain/movement.js';
import type { Reservation } from '../src/domain/reservation.js';
import { appendMovements } from '../src/events/movement.store.js';
import { lockInventory, saveInventory } from '../src/inventory/inventory.store.js';
import { insertReservations } from '../src/reservation/reservation.store.js';
import { CHANNEL, PARTNER, type Stock } from './stock.js';

const PRODUCT = 1;
const HOLD_MS = 86_400_000;

/**
 * The service's statements of a batch, over and over, on one connection, without HTTP and without rules.
 *
 * @returns how many reservations were committed
 */
export async function batches(stock: Stock, size: number, seconds: number): Promise<number> {
  const pool = createLanesPool(stock.url, 1);
  const connection = await connectionOf(pool);
  const priceBook = new PriceBook();
  const silence = new SilenceLimit();
  const deadline = performance.now() + seconds * 1000;
  let made = 0;
  while (performance.now() < deadline) {
    const tx = new Tx(connection, () => silence.begin(connection));
    const reading = priceBook.open([PRODUCT]);
    const [rows, ...read] = await tx.read(lockInventory([PRODUCT], 'wait'), ...reading.queries);
    const pricing = reading.result(...read)?.get(PRODUCT)?.pricing;
    const locked = rows.get(PRODUCT);
    const allocation = locked?.allocations.get(CHANNEL);
    if (!locked || !pricing || !allocation) throw new Error('the stock of the bench is gone');
    const { now, movementSeq } = locked;
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
  silence.close();
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
