import { connect, type Socket } from 'node:net';

import type { Reply } from './api.js';

const ANSWER_MAX_MS = 10_000;

/** Sends bytes as they are, which `fetch` would not, and reads until the server hangs up. */
export async function sendRaw(base: string, bytes: string | Buffer): Promise<Reply> {
  const socket = openSocket(base);
  socket.write(bytes);
  return parse(await readAll(socket));
}

/** A request without a body, on a connection that closes after it. */
export const rawRequest = (requestLine: string, headers: readonly string[] = []): string =>
  [`${requestLine} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n');

export function openSocket(base: string): Socket {
  const { hostname, port } = new URL(base);
  return connect(Number(port), hostname);
}

function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setTimeout(ANSWER_MAX_MS, () => socket.destroy(new Error(`no end after ${ANSWER_MAX_MS} ms: ${text}`)));
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', (error) => {
      if (text === '') reject(error);
    });
    socket.on('close', () => resolve(text));
  });
}

function parse(answer: string): Reply {
  const end = answer.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = answer.slice(0, end).split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [line.split(':', 1)[0] ?? '', line.slice(line.indexOf(':') + 1).trim()]),
  );
  const text = answer.slice(end + 4);
  const json = headers.get('content-type')?.includes('json');
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    text,
    body: (json ? JSON.parse(text) : undefined) as Record<string, unknown>,
  };
}
