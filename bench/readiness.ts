import type { Outcome } from './scenario.js';
import { startProcess } from './processes.js';
import type { Bench } from './sides.js';
import { median } from './statistics.js';
import { makeStock } from './stock.js';

const STARTS = 5;

/** From the spawn to `/health/ready`, on a database that is migrated. */
export async function readiness({ server, say }: Bench): Promise<Outcome> {
  const stock = await makeStock(server, 'allotment_bench_ready');
  const seconds: number[] = [];
  for (let start = 1; start <= STARTS; start++) {
    const service = await startProcess('src/main.js', { DATABASE_URL: stock.url });
    seconds.push(service.readyAfterMs / 1000);
    say(`  start ${start} of ${STARTS}: ${(service.readyAfterMs / 1000).toFixed(2)} s`);
    await service.end();
  }
  await stock.drop();
  return {
    measured: [],
    findings: [{ what: 'until ready', value: median(seconds), unit: ' s', bound: { most: 2, aim: 1 } }],
    faults: [],
  };
}
