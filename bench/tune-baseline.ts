import { medians, told } from './compare.js';
import type { LoadResult } from './load/job.js';
import { type Bench, Side } from './sides.js';

const POOLS = [5, 10, 20, 50, 100];
const CLIENTS = 64;

/**
 * The baseline with pools of several sizes, in turns, on one product and on many: the best is the one that it is measured
 * with.
 *
 * @returns what wasn't sound
 */
export async function tuneBaseline(bench: Bench): Promise<readonly string[]> {
  const { rounds, seconds, warmUpSeconds } = bench.options;
  const faults: string[] = [];
  for (const products of [1, 100]) {
    bench.say(`${products === 1 ? 'one product' : `${products} products at random`}, ${CLIENTS} clients`);
    const wanted = { asks: 'reserve', clients: CLIENTS, products } as const;
    const tried: { readonly pool: number; readonly side: Side; readonly results: LoadResult[] }[] = [];
    for (const pool of POOLS) {
      const side = await Side.open(bench, 'baseline', { DATABASE_POOL_MAX: String(pool) });
      await side.warmUp({ ...wanted, seconds: warmUpSeconds });
      tried.push({ pool, side, results: [] });
    }
    for (let round = 1; round <= rounds; round++) {
      for (const { side, results } of tried) results.push(await side.measure({ ...wanted, seconds }));
    }
    for (const { pool, side, results } of tried) {
      bench.say(`  pool of ${String(pool).padStart(3)}   ${told(medians('baseline', results))}`);
      faults.push(...(await side.close()));
    }
  }
  return faults;
}
