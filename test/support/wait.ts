import { setTimeout as sleep } from 'node:timers/promises';

import { GIVEN_UP_MS } from '../../src/reservation/reservation.lanes.js';

const LOOK_EVERY_MS = 50;

/** Waits until it holds. @throws Error naming what did not come */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 10_000,
  lookEveryMs = LOOK_EVERY_MS,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(lookEveryMs);
  }
}

/** What the work gives, and how long it took. */
export async function timed<T>(work: Promise<T>): Promise<{ result: T; ms: number }> {
  const begun = performance.now();
  const result = await work;
  return { result, ms: performance.now() - begun };
}

/** Until an instance tries again to do without reading a product. */
export const givenUpForgotten = (): Promise<void> => sleep(GIVEN_UP_MS + 100);

/** Until an instance looks its lanes over, every 625 ms, and no longer waits for a row because it was taken once. */
export const rowsTakenForgotten = (): Promise<void> => sleep(1_000);
