import { uuidv7 } from 'uuidv7';

import { type KeptProduct, PriceBook } from '../src/catalog/price-book.js';
import { connectionOf, createLanesPool } from '../src/database/pools.js';
import { SilenceLimit } from '../src/database/silence-limit.js';
import { Tx } from '../src/database/transaction.js';
import type { Movement } from '../src/domain/movement.js';
import type { PricingSnapshot } from '../src/domain/pricing.js';
import type { Reservation } from '../src/domain/reservation.js';
import { appendMovements } from '../src/events/movement.store.js';
import { lockedUnread, UnreadRow } from '../src/inventory/unread-row.js';
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
  const product = await readOnce(open());
  const deadline = performance.now() + seconds * 1000;
  let made = 0;
  while (performance.now() < deadline) {
    const tx = open();
    reserve(tx, product, size);
    await tx.commit();
    made += size;
  }
  silence.close();
  connection.release();
  await pool.end();
  return made;
}

async function readOnce(tx: Tx): Promise<KeptProduct> {
  const priceBook = new PriceBook();
  const reading = priceBook.open([PRODUCT]);
  const read = await tx.read(...reading.queries);
  await tx.rollback();
  reading.result(...read);
  const product = priceBook.kept(PRODUCT);
  if (!product) throw new Error('the stock of the bench is gone');
  return product;
}

function reserve(tx: Tx, { holds, pricing }: KeptProduct, size: number): void {
  const row = new UnreadRow(PRODUCT, new Map([[CHANNEL, size]]));
  row.lock(tx, false, holds);
  const reservations = Array.from({ length: size }, () => reservation(pricing));
  insertReservations(tx, reservations, () => ({ expiresAt: row.after(HOLD_MS), createdAt: row.now }));
  const movements = reservations.map(({ id }, n): Movement => ({
    seq: n + 1,
    channelId: CHANNEL,
    kind: 'reserved',
    units: 1,
    reservationId: id,
    partnerId: PARTNER,
    allocated: 0,
    reserved: n + 1,
    sold: 0,
  }));
  appendMovements(tx, uuidv7(), row.now, [{ productId: PRODUCT, movements }], ({ seq, channelId, reserved }) =>
    row.lineAfter(seq, channelId, reserved),
  );
  row.save(tx, size);
  tx.askWithWrites(lockedUnread());
}

/** The row says when it is made and ends. */
const reservation = (pricing: PricingSnapshot): Reservation => ({
  id: `res_${uuidv7()}`,
  productId: PRODUCT,
  channelId: CHANNEL,
  partnerId: PARTNER,
  quantity: 1,
  quantityHeld: 1,
  status: 'active',
  expiresAt: HOLD_MS,
  createdAt: 0,
  activatedAt: undefined,
  cancelledAt: undefined,
  cancelReason: undefined,
  releasedAt: undefined,
  extensions: 0,
  pricing,
  order: undefined,
  asked: {},
});
