import type { Api } from '../support/api.js';
import type { TestDatabase } from '../support/database.js';
import { expectSound } from '../support/soundness.js';
import { type StoredReservation, reservationsOf } from '../support/stock.js';
import { eventually } from '../support/wait.js';
import { type Booking, STATUS_AFTER } from './booking.js';
import type { Counts } from './client.js';
import type { Fleet } from './fleet.js';
import type { Load } from './load.js';

const HEALTHY_MAX_MS = 10_000;
/** Answered reserves that are sent once more, of the last ones: those that the fault met. */
const REPLAYS_MAX = 100;

/** What was found after a fault, all well. */
export interface Judged extends Counts {
  /** From the end of the cause until every instance was ready and took a reservation. */
  readonly healthyAfterMs: number;
  readonly slowestMs: number;
  readonly outageMs: number;
  /** 201s whose rows were looked up, one by one. */
  readonly checked: number;
  /** Reserves sent again under their keys that told the same reservation. */
  readonly replayed: number;
}

/**
 * Ends a load and holds what its clients were told against the database: every 201 exists and nothing else does, nothing is
 * oversold, counters equal rows equal movements, a repeated key tells the same reservation, and all of it within 10 s after
 * the fault, without help.
 *
 * @param since when the cause of the fault was gone
 */
export async function verdict(
  database: TestDatabase,
  fleet: Fleet,
  load: Load,
  since = performance.now(),
): Promise<Judged> {
  const healthyAfterMs = await healthyAgain(fleet, load, since);
  await load.goesOn();
  await load.stop();
  await load.settle();
  expect(load.client.unexpected).toEqual([]);
  if (load.patient) expect(load.client.counts.late).toBe(0);
  expect(load.bookings.filter((booking) => !booking.settled)).toEqual([]);
  const replayed = await repeatAnswered(fleet, load);
  await expectRowsAsTold(database, load);
  await expectSound(database);
  const { counts, slowestMs, outageMs } = load.client;
  return { ...counts, healthyAfterMs, slowestMs, outageMs, checked: told(load).length, replayed };
}

async function healthyAgain(fleet: Fleet, load: Load, since: number): Promise<number> {
  const left = Math.max(0, HEALTHY_MAX_MS - (performance.now() - since));
  await Promise.all(fleet.apis.map((api) => untilHealthy(api, load, left)));
  const took = performance.now() - since;
  expect(took).toBeLessThan(HEALTHY_MAX_MS);
  return took;
}

async function untilHealthy(api: Api, load: Load, withinMs: number): Promise<void> {
  const isReady = async (): Promise<boolean> => (await api.send('/health/ready')).status === 200;
  await eventually('an instance is ready', () => isReady().catch(() => false), withinMs);
  const canary = load.book();
  const isTaken = async (): Promise<boolean> => {
    await load.client.attempt(api, canary);
    return canary.settled;
  };
  await eventually('an instance takes a reservation', isTaken, withinMs);
}

const told = ({ bookings }: Load): Booking[] => bookings.filter(({ reservationId }) => reservationId !== undefined);

/** @returns how many were repeated */
async function repeatAnswered({ apis }: Fleet, load: Load): Promise<number> {
  const answered = told(load).slice(-REPLAYS_MAX);
  for (const [n, booking] of answered.entries()) {
    const api = apis[n % apis.length];
    if (api) expect(await load.client.replay(api, booking)).toBe(booking.reservationId);
  }
  return answered.length;
}

/** The rows are those of the 201s, no fewer and no more, each in the state that its client was told. */
async function expectRowsAsTold(database: TestDatabase, load: Load): Promise<void> {
  for (const productId of [load.products.hot, load.products.scarce]) {
    const bookings = told(load).filter((booking) => booking.productId === productId);
    const rows = await reservationsOf(database, productId);
    expect(byId(rows.map(({ reservation_id: id, quantity, status }) => [id, quantity, status]))).toEqual(
      byId(bookings.map(({ reservationId = '', quantity, wish }) => [reservationId, quantity, STATUS_AFTER[wish]])),
    );
    const units = bookings.filter(({ held }) => held).reduce((sum, { quantity }) => sum + quantity, 0);
    expect(units).toBeLessThanOrEqual(load.unitsOf(productId));
    expect(await ordersOf(database, productId)).toBe(rows.filter(isSold).length);
  }
}

type Row = readonly [id: string, quantity: number, status: string];

const byId = (rows: readonly Row[]): Row[] => [...rows].sort(([a], [b]) => (a < b ? -1 : 1));

const isSold = ({ status }: StoredReservation): boolean => status === 'activated';

async function ordersOf(database: TestDatabase, productId: number): Promise<number> {
  const [row] = await database.rows<{ orders: number }>('SELECT COUNT(*) AS orders FROM orders WHERE product_id = ?', [
    productId,
  ]);
  return row?.orders ?? 0;
}
