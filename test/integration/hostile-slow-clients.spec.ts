import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { OWN_SHOP, PARTNER_A } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { holdInventory, waitForLockWaits } from '../support/locks.js';
import { openSocket, readAll } from '../support/raw-http.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range, reservationsOf, tally } from '../support/stock.js';
import { eventually, timed } from '../support/wait.js';

/** The bounds of src/http/server.ts, and what a busy machine adds. */
const HEAD_MAX_MS = 10_000;
const REQUEST_MAX_MS = 30_000;
const SLACK_MS = 25_000;

const PRODUCT = 890;
const BODY = JSON.stringify({ product_id: PRODUCT, quantity: 1 });
const HEAD = `POST /api/ota/reserve HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${PARTNER_A}\r\nContent-Type: application/json\r\n`;

const DOCUMENT = 'GET /docs-json HTTP/1.1\r\nHost: localhost\r\n\r\n';

const demo = useDemoService();
const sockets: Socket[] = [];
beforeAll(() => addProducts(demo.database, [PRODUCT], { ota: 1_000, direct: 1_000 }));
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await expectSound(demo.database);
});

function open(): Socket {
  const socket = openSocket(demo.api.base).on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

/** Writes a byte of the text each second until the server has had enough. */
async function trickle(socket: Socket, text: string): Promise<void> {
  for (const byte of text) {
    if (socket.destroyed) return;
    socket.write(byte);
    await sleep(1_000);
  }
}

const requestsInFlight = async (): Promise<number> => {
  const { text } = await demo.api.send('/metrics');
  return Number(/^http_requests_in_flight (\d+)$/m.exec(text)?.[1]) - 1;
};

/** Others are served meanwhile. */
async function expectService(): Promise<void> {
  const replies = await Promise.all(
    range(0, 20).map(() => demo.api.reserve(OWN_SHOP, { product_id: PRODUCT, quantity: 1 })),
  );
  expect(tally(replies)).toEqual({ 201: 20 });
}

interface Ended {
  readonly status: string | undefined;
  readonly isProblem: boolean;
  readonly isLate: boolean;
}

/** Sends a start, then goes on byte by byte until it is answered. */
async function sendSlowly(starts: string, goesOn: string, withinMs: number): Promise<Ended> {
  const socket = open();
  const answer = timed(readAll(socket, withinMs + SLACK_MS));
  socket.write(starts);
  void trickle(socket, goesOn);
  const { result, ms } = await answer;
  return {
    status: result.split(' ')[1],
    isProblem: result.includes('"code":"request_timeout"'),
    isLate: ms > withinMs + SLACK_MS,
  };
}

describe('clients that take their time', () => {
  const CONTENT = `Content-Length: ${BODY.length}`;
  const ENDLESS = 'X-Slow: 1\r\n'.repeat(100);
  const SLOW: [what: string, starts: string, goesOn: string, withinMs: number][] = [
    ['a head', '', `${HEAD}${ENDLESS}`, HEAD_MAX_MS],
    ['the end of a head', HEAD, ENDLESS, HEAD_MAX_MS],
    ['a first byte', '', '', HEAD_MAX_MS],
    ['a body', `${HEAD}Content-Length: 1000\r\n\r\n`, BODY.padEnd(1_000), REQUEST_MAX_MS],
    ['the end of a body', `${HEAD}${CONTENT}\r\n\r\n${BODY.slice(1)}`, '', REQUEST_MAX_MS],
    ['chunks', `${HEAD}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'.repeat(100), REQUEST_MAX_MS],
  ];
  let ended: Ended[];
  let inFlight: number;

  beforeAll(async () => {
    const taker = open().pause();
    taker.write(DOCUMENT.repeat(100));
    const [answers] = await Promise.all([
      Promise.all(SLOW.map(([, starts, goesOn, withinMs]) => sendSlowly(starts, goesOn, withinMs))),
      expectService(),
    ]);
    ended = answers;
    inFlight = await requestsInFlight();
    await eventually(
      'the one that takes nothing is hung up on',
      async () => (await requestsInFlight()) === 0,
      90_000,
      1_000,
    );
  }, 180_000);

  it.each(SLOW.map(([what], n) => [what, n] as const))('over %s are told 408 in bounded time', (_, n) => {
    expect(ended[n]).toEqual({ status: '408', isProblem: true, isLate: false });
  });

  it('and nothing is done for them', async () => {
    const made = await reservationsOf(demo.database, PRODUCT);
    expect(made.filter(({ partner_id }) => partner_id === 'partner-a')).toEqual([]);
  });

  it('over taking their answers are waited for, and hung up on', () => {
    expect(inFlight).toBeGreaterThan(0);
  });
});

describe('a client that asks for more than it waits for', () => {
  it('is hung up on, and others are served', async () => {
    const socket = open();
    const closed = once(socket, 'close');
    socket.write(DOCUMENT.repeat(2_000));
    socket.resume();
    await Promise.all([closed, expectService()]);
    await eventually('none is in flight', async () => (await requestsInFlight()) === 0);
  });
});

describe('clients that go away', () => {
  it('in the middle of a body leave nothing behind', async () => {
    const before = await reservationsOf(demo.database, PRODUCT);
    for (const end of ['destroy', 'resetAndDestroy', 'end'] as const) {
      const socket = open();
      await once(socket, 'connect');
      socket.write(`${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY.slice(1)}`);
      await sleep(50);
      socket[end]();
    }
    await eventually('none is in flight', async () => (await requestsInFlight()) === 0);
    expect(await reservationsOf(demo.database, PRODUCT)).toEqual(before);
  });

  it('before their answer find their reservation by their Idempotency-Key', async () => {
    const held = await holdInventory(demo.database, PRODUCT);
    const socket = open();
    socket.write(`${HEAD}Idempotency-Key: gone\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`);
    await waitForLockWaits(demo.database, 1);
    socket.resetAndDestroy();
    await held.release();
    await eventually('none is in flight', async () => (await requestsInFlight()) === 0);
    const again = await demo.api.reserve(PARTNER_A, BODY, { 'idempotency-key': 'gone' });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('in the middle of an answer leave nothing behind', async () => {
    for (const end of ['destroy', 'resetAndDestroy'] as const) {
      const socket = open();
      socket.write(DOCUMENT.repeat(100));
      await once(socket, 'data');
      socket.pause();
      await sleep(500); // the rest of the answers waits for us
      socket[end]();
    }
    await eventually('none is in flight', async () => (await requestsInFlight()) === 0);
    await expectService();
  });
});

describe('1 000 connections that say nothing', () => {
  const IDLE = 1_000;
  /** Fewer than wait for the server to take them. */
  const AT_ONCE = 100;

  it('keep nobody from being served, and are all hung up on', async () => {
    const idle: Socket[] = [];
    while (idle.length < IDLE) {
      const more = range(0, AT_ONCE).map(open);
      await Promise.all(more.map((socket) => once(socket, 'connect')));
      idle.push(...more);
    }
    for (const socket of idle) socket.resume();
    await expectService();
    expect(idle.filter(({ destroyed }) => destroyed)).toEqual([]);
    await eventually('all are hung up on', () => idle.every(({ destroyed }) => destroyed), HEAD_MAX_MS + SLACK_MS);
  }, 90_000);
});
