import { randomUUID } from 'node:crypto';

import type { Request } from 'autocannon';

import type { LoadJob } from './job.js';

/** Of 50 requests in the mix, 45 are reads, 4 reserves, and 1 takes a step with what was reserved before. */
const MIX = { reads: 45, reserves: 4 } as const;
const INVENTORY_PRODUCTS = 3;
const PAGE = 50;

/** One client's requests, over and over: in an order of its own, built once where they don't change. */
export function requestsOf(job: LoadJob, client: number): Request[] {
  switch (job.asks) {
    case 'reserve':
      return shuffled(job.products).map((id) => reserve(job, id));
    case 'reserve-keyed':
      return shuffled(job.products).map((id) => ({ ...reserve(job, id), setupRequest: withKey }));
    case 'inventory':
      return [inventory(job)];
    case 'list':
      return [{ method: 'GET', path: `/api/ota/reservations?limit=${PAGE}`, headers: headers(job) }];
    case 'get':
      return shuffled(job.reservationIds).map((id) => ({
        method: 'GET',
        path: `/api/ota/reservations/${id}`,
        headers: headers(job),
      }));
    case 'urls':
      return shuffled(job.urls ?? []).map((path) => ({ method: 'GET', path, headers: headers(job) }));
    case 'mixed':
      return mixed(job, client);
  }
}

function mixed(job: LoadJob, client: number): Request[] {
  let reserved = '';
  const reads = Array.from({ length: MIX.reads }, () => inventory(job));
  const reserves = shuffled(job.products)
    .slice(0, MIX.reserves)
    .map((id) => ({
      ...reserve(job, id),
      onResponse: (_status: number, body: string) => {
        reserved = (JSON.parse(body) as { reservation_id?: string }).reservation_id ?? '';
      },
    }));
  const step = client % 2 === 0 ? 'activate' : 'cancel';
  const stepRequest: Request = {
    method: 'POST',
    headers: { ...headers(job), 'content-type': 'application/json' },
    body: '{}',
    setupRequest: (request) => ({ ...request, path: `/api/ota/reservations/${reserved}/${step}` }),
  };
  return [...shuffled([...reads, ...reserves]), stepRequest];
}

const reserve = (job: LoadJob, productId: number): Request => ({
  method: 'POST',
  path: job.paths.reserve,
  headers: { ...headers(job), 'content-type': 'application/json' },
  body: JSON.stringify({ product_id: productId, quantity: 1 }),
});

const inventory = (job: LoadJob): Request => ({
  method: 'GET',
  path: `${job.paths.inventory}?product_ids=${shuffled(job.products).slice(0, INVENTORY_PRODUCTS).join(',')}`,
  headers: headers(job),
});

const headers = ({ key }: LoadJob): Record<string, string> => ({ 'x-api-key': key });

function withKey(request: Request): Request {
  return { ...request, headers: { ...request.headers, 'idempotency-key': randomUUID() } };
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
