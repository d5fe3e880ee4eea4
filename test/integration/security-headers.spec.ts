import { setTimeout as sleep } from 'node:timers/promises';

import type { Reply } from '../support/api.js';
import { PARTNER_A } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { expectProblem } from '../support/problem.js';
import { openSocket, rawRequest, sendRaw } from '../support/raw-http.js';

const demo = useDemoService();

const get = (path: string, key = PARTNER_A): Promise<Reply> => demo.api.get(key, path);
const LONG = 'x'.repeat(3_000);

const ANSWERS: [string, number, () => Promise<Reply>][] = [
  ['inventory', 200, () => get('/api/ota/inventory')],
  ['no key', 401, () => demo.api.send('/api/ota/inventory')],
  ['a bad key', 401, () => get('/api/ota/inventory', 'wrong')],
  ['no reservation', 404, () => get('/api/ota/reservations/res_nope')],
  ['no route', 404, () => demo.api.send('/nope')],
  ['a bad URL', 400, () => demo.api.send('/api/ota/reservations/%zz')],
  ['a part of the URL that is too long', 414, () => get(`/api/ota/reservations/${LONG}`)],
  ['bad JSON', 400, () => demo.api.reserve<Record<string, unknown>>(PARTNER_A, '{')],
  ['health', 200, () => demo.api.send('/health/live')],
  ['the document', 200, () => demo.api.send('/docs-json')],
  ['Swagger UI', 200, () => demo.api.send('/docs')],
];

describe.each(ANSWERS)('%s (%s)', (_, status, ask) => {
  it('tells browsers to be careful', async () => {
    const { headers, ...reply } = await ask();
    expect(reply.status).toBe(status);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'self'/);
    expect(headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'/);
    expect(headers.get('content-security-policy')).not.toMatch(/script-src[^;]*unsafe|upgrade-insecure/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toMatch(/^(SAMEORIGIN|DENY)$/);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  it('tells nobody what it runs on', async () => {
    const { headers } = await ask();
    expect(headers.get('server')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('a URL', () => {
  it('with too long a part is 414', async () => {
    const reply = await get(`/api/ota/reservations/${LONG}`);
    expectProblem(reply, 414, 'uri_too_long');
    expectProblem(
      await demo.api.send(`/api/ota/reservations/${LONG}/activate`, {
        method: 'POST',
        headers: { 'x-api-key': PARTNER_A },
      }),
      414,
      'uri_too_long',
    );
  });

  it('with a part of an id’s length is looked up', async () => {
    expectProblem(await get(`/api/ota/reservations/${'x'.repeat(50)}`), 404, 'reservation_not_found');
    expectProblem(await get(`/api/ota/reservations/${'x'.repeat(100)}`), 404, 'reservation_not_found');
  });

  it('that is too long for the headers’ space is 431', async () => {
    const reply = await sendRaw(demo.api.base, rawRequest(`GET /${'x'.repeat(20_000)}`));
    expect(reply.status).toBe(431);
    expect(reply.body).toMatchObject({ code: 'headers_too_large' });
    expect(reply.headers.get('server')).toBeNull();
  });
});

describe('a request that trickles in', () => {
  it('has bounds: 10 s for its head, 30 s in all', () => {
    const server = demo.service.app.getHttpServer() as { headersTimeout: number; requestTimeout: number };
    expect(server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000 });
  });

  it('is ended', async () => {
    const socket = openSocket(demo.api.base);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
    socket.write('GET /health/live HTTP/1.1\r\n');
    for (let n = 0; n < 20 && !socket.destroyed; n++) {
      socket.write(`X-Slow-${n}: 1\r\n`);
      await sleep(1_000);
    }
    await closed;
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  }, 60_000);
});
