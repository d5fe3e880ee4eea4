import type { SoloConnection } from '../database/solo-connection.js';
import type { Read, Tx } from '../database/transaction.js';
import { channelsOf, type LedgerEnd, type ProductCount } from '../domain/drift.js';
import { newestBalances, newestSeq } from '../events/ledger-end.query.js';
import { countersOf } from '../inventory/counters.query.js';
import { lockInventory } from '../inventory/inventory.store.js';
import { unitsOfReservations } from '../reservation/reservation.store.js';

/** A product counted in a snapshot of its own: nothing binds two products, so none has to be as old as the whole run. */
export async function countInSnapshot(connection: SoloConnection, productId: number): Promise<ProductCount> {
  // Everything that is committed while it is open is kept for it, so only what must be of one moment is read in it.
  await connection.run('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  const counters = await connection.read(countersOf(productId));
  const rows = await connection.read(unitsOfReservations(productId));
  const seq = await connection.read(newestSeq(productId));
  await connection.run('COMMIT');
  const read: Read = (query) => connection.read(query);
  const balances = await newestBalances(read, { productId, from: 1, to: seq }, channelsOf({ counters, rows }));
  return { productId, counters, rows, ledger: { seq, balances } };
}

/** The same as of now, and until the transaction ends: whoever changes the product's units takes its row first. */
export async function countLocked(tx: Tx, productId: number, earlier: LedgerEnd): Promise<LockedCount> {
  const [locked, counters, rows, seq] = await tx.read(
    lockInventory([productId], 'wait'),
    countersOf(productId),
    unitsOfReservations(productId),
    newestSeq(productId),
  );
  const balances = new Map(earlier.balances);
  // The rest is known, and others wait for the row.
  const read: Read = async (query) => (await tx.read(query))[0];
  const since = { productId, from: earlier.seq + 1, to: seq };
  for (const [channelId, balance] of await newestBalances(read, since, channelsOf({ counters, rows }))) {
    balances.set(channelId, balance);
  }
  return { count: { productId, counters, rows, ledger: { seq, balances } }, now: locked.get(productId)?.now };
}

export interface LockedCount {
  readonly count: ProductCount;
  /** By the database's clock; `undefined` when there is no row to lock. */
  readonly now: number | undefined;
}
