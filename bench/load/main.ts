import autocannon, { type Client } from 'autocannon';

import { percentile } from '../statistics.js';
import { EXPECTED, type LoadJob, type LoadResult } from './job.js';
import { requestsOf } from './requests.js';

/** The load generator, a process of its own: fires the jobs that it is sent, one after another, and answers each. */

const REQUEST_MAX_SECONDS = 20;
/** How often autocannon looks whether all of its clients are done. */
const LOOK_EVERY_MS = 20;
const BODY_SHOWN_CHARACTERS = 300;

/** Autocannon drops the requests in flight when its time is up; a client that has reached its `responseMax` waits for its answer. */
interface Drained {
  responseMax?: number;
}

let stopNow: (() => void) | undefined;

// It has nothing to do but to wait for the next job.
process.channel?.ref();
process.on('message', (message: LoadJob | 'stop') => {
  if (message === 'stop') stopNow?.();
  else void fire(message).then((result) => process.send?.(result));
});

/** A load's clients start at once, and each one's first answer waits for this process to make the others: measured is what comes after. */
function fire(job: LoadJob): Promise<LoadResult> {
  const expected: readonly number[] = EXPECTED[job.asks];
  const clients: (Client & Drained)[] = [];
  const answered = new Set<Client>();
  const latenciesMs: number[] = [];
  const statuses: Record<number, number> = {};
  let unexpected: string | undefined;
  let inTime = 0;
  let startedAt: number | undefined;
  let stoppedAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const drain = (): void => {
    stoppedAt ??= performance.now();
    for (const client of clients) client.responseMax = 1;
  };
  stopNow = drain;

  return new Promise((resolve) => {
    const instance = autocannon(
      {
        url: `http://127.0.0.1:${job.port}`,
        connections: job.clients,
        duration: job.seconds + 2 * REQUEST_MAX_SECONDS,
        timeout: REQUEST_MAX_SECONDS,
        sampleInt: LOOK_EVERY_MS,
        setupClient: (client) => {
          client.setRequests(requestsOf(job, clients.length));
          clients.push(client);
          let status = 0;
          client.on('headers', (head) => (status = (head as unknown as { statusCode: number }).statusCode));
          client.on('body', (body) => {
            if (!expected.includes(status))
              unexpected ??= `${status}: ${body.toString().split('\r\n\r\n').at(-1)?.slice(0, BODY_SHOWN_CHARACTERS) ?? ''}`;
          });
        },
      },
      (_error, result) => {
        clearTimeout(timer);
        if (result.errors > 0) unexpected ??= `${result.errors} requests got no answer`;
        if (latenciesMs.length === 0)
          unexpected ??= `${answered.size} of ${job.clients} clients were answered, none twice`;
        const now = performance.now();
        const seconds = ((stoppedAt ?? now) - (startedAt ?? now)) / 1000;
        const latencyAt = (percent: number): number =>
          latenciesMs.length > 0 ? percentile(latenciesMs, percent) : Infinity;
        resolve({
          throughput: seconds > 0 ? inTime / seconds : 0,
          p50Ms: latencyAt(50),
          p99Ms: latencyAt(99),
          statuses,
          unexpected,
        });
      },
    );
    instance.on('response', (client, status, _bytes, ms) => {
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (!expected.includes(status)) unexpected ??= `status ${status}`;
      if (startedAt === undefined) {
        if (answered.add(client).size < job.clients) return;
        startedAt = performance.now();
        timer = setTimeout(drain, job.seconds * 1000);
        return;
      }
      if (performance.now() - ms >= startedAt) latenciesMs.push(ms);
      if (stoppedAt === undefined) inTime++;
    });
  });
}
