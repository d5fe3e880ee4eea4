import { setTimeout as sleep } from 'node:timers/promises';

import { medians } from './compare.js';
import type { Outcome } from './scenario.js';
import { type Bench, Side, type Wanted } from './sides.js';

const HOLDS = 100_000;
/** A run with smaller tables has fewer holds, too. */
const holdsOf = (rows: number): number => Math.min(HOLDS, rows);

/** By then they are filled in, which takes some seconds, and the start is not too early. */
const DUE_IN_MS = 60_000;
/** The job has looked just before they fall due. The warm-up and the measurement in peace take place meanwhile. */
const START_BEFORE_MS = 33_000;
/** Past this the scenario has failed anyway. */
const EXPIRED_MAX_SECONDS = 90;
const LOOK_EVERY_MS = 200;
const CLIENTS = 64;
const PRODUCTS_ASKED = 100;

/** How long it takes until they are all released, the wait for the job included, and what reserves feel of it. */
export async function dueAtOnce(bench: Bench): Promise<Outcome> {
  const { options, say } = bench;
  const holds = holdsOf(options.rows);
  const dueAt = Date.now() + DUE_IN_MS;
  say(`  ${holds} holds that end at ${new Date(dueAt).toISOString()}`);
  const side = await Side.openDue(bench, holds, dueAt, dueAt - START_BEFORE_MS);
  const wanted: Wanted = { asks: 'reserve', clients: CLIENTS, products: PRODUCTS_ASKED, seconds: options.seconds };
  await side.warmUp({ ...wanted, seconds: options.warmUpSeconds });
  const calm = await side.measure(wanted);
  if (Date.now() > dueAt) throw new Error('--seconds is so long that the holds fell due before');
  await sleep(dueAt - Date.now());

  const load = side.begin({ ...wanted, seconds: EXPIRED_MAX_SECONDS });
  const begunAfter = await secondsUntil(side, dueAt, BEGUN);
  const expiredAfter = await secondsUntil(side, dueAt, ALL_EXPIRED);
  load.stop();
  const busy = await load.result;
  say(`  begun after ${begunAfter.toFixed(1)} s, all expired after ${expiredAfter.toFixed(1)} s`);
  return {
    measured: [medians('before', [calm]), medians('meanwhile', [busy])],
    findings: [
      { what: `${holds} holds expired within`, value: expiredAfter, unit: ' s', bound: { most: 60, aim: 20 } },
      { what: 'of that, from the first to the last', value: expiredAfter - begunAfter, unit: ' s' },
      { what: 'p99, meanwhile : before', value: busy.p99Ms / calm.p99Ms, unit: ' ×', bound: { most: 3, aim: 1.5 } },
    ],
    faults: await side.close(),
  };
}

const BEGUN = `SELECT EXISTS (SELECT 1 FROM channel_reservations WHERE status = 'expired') AS reached`;
const ALL_EXPIRED = `SELECT NOT EXISTS (
  SELECT 1 FROM channel_reservations WHERE status = 'active' AND expires_at <= NOW(6)) AS reached`;

async function secondsUntil({ stock }: Side, dueAt: number, query: string): Promise<number> {
  for (;;) {
    const seconds = (Date.now() - dueAt) / 1000;
    const [state] = await stock.rows<{ reached: number }>(query);
    if (state?.reached === 1 || seconds > EXPIRED_MAX_SECONDS) return seconds;
    await sleep(LOOK_EVERY_MS);
  }
}
