import { readFileSync } from 'node:fs';

import type { Outcome } from './scenario.js';
import { medians } from './compare.js';
import { type Bench, Side } from './sides.js';
import { median, slope } from './statistics.js';

const USUAL_SECONDS = 60;
const LONG_SECONDS = 300;
const LOOK_EVERY_MS = 1_000;
const TOLD_EVERY = 15;
/** The end of it. */
const LAST_LOOKS = 10;

/** Resident memory of the service while 256 clients want one product. */
export async function memory(bench: Bench): Promise<Outcome> {
  const { options, say } = bench;
  const side = await Side.open(bench, 'service');
  const megabytes: number[] = [];
  const looking = setInterval(() => {
    megabytes.push(residentMegabytes(side.process.pid));
    if (megabytes.length % TOLD_EVERY === 0) say(`  ${megabytes.length} s: ${megabytes.at(-1)?.toFixed(0) ?? ''} MB`);
  }, LOOK_EVERY_MS);
  const seconds = options.long ? LONG_SECONDS : USUAL_SECONDS;
  const result = await side.measure({ asks: 'reserve', clients: 256, products: 1, seconds });
  clearInterval(looking);
  const faults = await side.close();
  const growth = slope(megabytes.slice(megabytes.length / 2)) * 60;
  return {
    measured: [medians('service', [result])],
    findings: [
      {
        what: `memory after ${seconds} s`,
        value: median(megabytes.slice(-LAST_LOOKS)),
        unit: ' MB',
        bound: { most: 250, aim: 180 },
      },
      // A minute is too short to tell a leak from a heap that is still finding its size.
      {
        what: 'growth in the second half',
        value: growth,
        unit: ' MB/min',
        ...(options.long && { bound: { most: 10, aim: 3 } }),
      },
    ],
    faults,
  };
}

/** @see proc(5) */
function residentMegabytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
