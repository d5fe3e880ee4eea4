import { batches } from './batches.js';
import { medians } from './compare.js';
import { ask } from './processes.js';
import type { Outcome } from './scenario.js';
import { type Bench, Side } from './sides.js';
import { before, faultsOf } from './soundness.js';
import { median } from './statistics.js';
import { makeStock } from './stock.js';

const CLIENTS = 64;

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
  await side.warmUp({ ...wanted, seconds: warmUpSeconds });
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
