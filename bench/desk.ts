import { DESK, DESK_KEY, deskStock, isDeskKept, partnerId, PARTNER_KEY, reservationId } from './desk-filling.js';
import type { LoadJob, LoadResult } from './load/job.js';
import { startProcess } from './processes.js';
import type { Finding, Measured, Outcome } from './scenario.js';
import type { Bench } from './sides.js';
import { median } from './statistics.js';

/** As many people at the desk at once. */
const CLIENTS = 4;
/** As many different pages, products and partners of a kind, so that one that is hot doesn't stand for all. */
const DIFFERENT = 40;
/** Pages of everything come from anywhere in the table, so that the last one counts as the first. */
const P99_MAX_MS = { most: 100, aim: 50 } as const;

interface Page {
  readonly what: string;
  readonly key: string;
  readonly urls: readonly string[];
}

/** What people at the desk, and partners who wonder, look at: each page by itself, at its p99. */
export async function desk(bench: Bench): Promise<Outcome> {
  const { server, options, say, load } = bench;
  const stock = await deskStock(server, options.rows, say);
  const service = await startProcess('src/main.js', { DATABASE_URL: stock.url });
  const measured: Measured[] = [];
  const findings: Finding[] = [];
  const faults: string[] = [];
  try {
    for (const { what, key, urls } of pages()) {
      const job: LoadJob = {
        ...{ asks: 'urls', clients: CLIENTS, port: service.port, key, urls, seconds: options.seconds / 4 },
        ...{ paths: { reserve: '', inventory: '' }, products: [], reservationIds: [] },
      };
      await load.start({ ...job, seconds: WARM_UP_SECONDS }).result;
      const results: LoadResult[] = [];
      for (let round = 0; round < options.rounds; round++) results.push(await load.start(job).result);
      const unexpected = results.find((result) => result.unexpected !== undefined)?.unexpected;
      if (unexpected !== undefined) faults.push(`${what}: ${unexpected}`);
      const of = (metric: 'throughput' | 'p50Ms' | 'p99Ms'): number => median(results.map((result) => result[metric]));
      measured.push({ side: what, throughput: of('throughput'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms') });
      findings.push({ what: `p99, ${what}`, value: of('p99Ms'), unit: ' ms', bound: P99_MAX_MS });
      say(`  ${what}: p99 ${of('p99Ms').toFixed(1)} ms`);
    }
  } finally {
    await service.end();
  }
  await (isDeskKept(stock) ? stock.close() : stock.drop());
  return { measured, findings, faults };
}

const WARM_UP_SECONDS = 0.5;

function pages(): Page[] {
  const some = <T>(max: number, make: (n: number) => T): T[] =>
    Array.from({ length: DIFFERENT }, (_, n) => make(1 + Math.floor((n * max) / DIFFERENT)));
  const operator = (what: string, urls: readonly string[]): Page => ({ what, key: DESK_KEY, urls });
  const products = (path: (id: number) => string): string[] => some(DESK.products, path);
  const partners = (path: (id: string) => string): string[] => some(DESK.partners, (n) => path(partnerId(n)));
  const explain = products((id) => `/api/ota/inventory/${id}/explain`);
  const day = (n: number): string => new Date(Date.UTC(2026, 0, 5) + n * 86_400_000).toISOString();
  return [
    operator('explain, operator', explain),
    { what: 'explain, partner', key: PARTNER_KEY, urls: explain },
    operator(
      'allotment',
      products((id) => `/api/admin/products/${id}/allotment`),
    ),
    operator(
      'products',
      products((id) => `/api/admin/products?cursor=${cursor(id)}`),
    ),
    operator(
      'partners',
      partners((id) => `/api/admin/partners?cursor=${cursor(id)}`),
    ),
    operator(
      'a partner',
      partners((id) => `/api/admin/partners/${id}`),
    ),
    operator('keys', ['/api/admin/keys']),
    operator(
      'log of a partner',
      partners((id) => `/api/admin/log?subject_type=partner&subject_id=${id}`),
    ),
    operator(
      'releases of a product',
      products((id) => `/api/admin/releases?product_id=${id}`),
    ),
    operator('movements, newest', ['/api/admin/movements']),
    operator(
      'movements of a product',
      products((id) => `/api/admin/movements?product_id=${id}`),
    ),
    operator(
      'movements of a partner',
      partners((id) => `/api/admin/movements?partner_id=${id}`),
    ),
    operator(
      'movements of a day',
      some(40, (n) => `/api/admin/movements?from=${day(n)}&to=${day(n + 1)}`),
    ),
    operator('movements of a channel', [
      '/api/admin/movements?channel_id=ota',
      '/api/admin/movements?channel_id=ota&order=oldest',
    ]),
    operator(
      'movements of a reservation',
      some(DESK.products, (id) => `/api/admin/movements?reservation_id=${reservationId(id)}`),
    ),
    operator(
      'balance at a moment',
      products((id) => `/api/admin/products/${id}/balance?at=${day(1 + (id % 40))}`),
    ),
    operator(
      'conversion of a partner',
      partners((id) => `/api/admin/conversion?partner_id=${id}&from=${day(0)}&to=${day(30)}`),
    ),
    operator('reconciliation', ['/api/admin/reconciliation']),
  ];
}

/** As the service words them. */
const cursor = (after: string | number): string => Buffer.from(String(after)).toString('base64url');
