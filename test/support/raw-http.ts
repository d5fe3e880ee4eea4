import { connect, type Socket } from 'node:net';

import type { Reply } from './api.js';

const ANSWER_MAX_MS = 10_000;

/** Sends bytes as they are, which `fetch` would not, and reads until the server hangs up. */
export async function sendRaw(base: string, bytes: string | Buffer): Promise<Reply> {
  const socket = openSocket(base);
  socket.write(bytes);
  return parseAnswer(await readAll(socket));
}

/** A request without a body, on a connection that closes after it. */
export const rawRequest = (requestLine: string, headers: readonly string[] = []): string =>
  [`${requestLine} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n');

export function openSocket(base: string): Socket {
  const { hostname, port } = new URL(base);
  return connect(Number(port), hostname);
}

/** Everything that comes until the server hangs up. @throws Error when it doesn't */
export function readAll(socket: Socket, withinMs = ANSWER_MAX_MS): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setTimeout(withinMs, () => socket.destroy(new Error(`no end after ${withinMs} ms: ${text}`)));
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', (error) => {
      if (text === '') reject(error);
    });
    socket.on('close', () => resolve(text));
  });
}

/** The first answer among the bytes that came, and where it ends; `undefined` while a part of it is missing. */
export function firstAnswer(received: Buffer, method: string): { reply: Reply; end: number } | undefined {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = received.subarray(0, headEnd).toString('latin1');
  const bodyAt = headEnd + HEAD_END.length;
  if (/^HTTP\/1\.1 1\d\d /.test(head)) {
    const final = firstAnswer(received.subarray(bodyAt), method);
    return final && { ...final, end: final.end + bodyAt };
  }
  if (method !== 'HEAD' && /^transfer-encoding: chunked$/im.test(head)) {
    const body = chunkedBody(received, bodyAt);
    return body && { reply: parseAnswer(`${head}${HEAD_END}${body.text}`), end: body.end };
  }
  const end = bodyAt + bodyLength(head, method);
  return received.length < end ? undefined : { reply: parseAnswer(received.subarray(0, end).toString()), end };
}

/** A body whose length nobody knew beforehand; `undefined` while a part of it is missing. @see RFC 9112, section 7.1 */
function chunkedBody(received: Buffer, from: number): { text: string; end: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = from; ;) {
    const lineEnd = received.indexOf(LINE_END, at);
    if (lineEnd < 0) return undefined;
    const size = parseInt(received.subarray(at, lineEnd).toString('latin1'), 16);
    const next = lineEnd + LINE_END.length + size + LINE_END.length;
    if (Number.isNaN(size)) throw new Error('an answer whose chunk does not tell its length');
    if (received.length < next) return undefined;
    if (size === 0) return { text: Buffer.concat(chunks).toString(), end: next };
    chunks.push(received.subarray(next - LINE_END.length - size, next - LINE_END.length));
    at = next;
  }
}

const LINE_END = '\r\n';
const HEAD_END = LINE_END + LINE_END;

function bodyLength(head: string, method: string): number {
  if (method === 'HEAD' || /^HTTP\/1\.1 (204|304) /.test(head)) return 0;
  const told = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (told === undefined) throw new Error(`an answer that doesn't tell its length: ${head}`);
  return Number(told);
}

function parseAnswer(answer: string): Reply {
  const end = answer.indexOf(HEAD_END);
  const [statusLine = '', ...lines] = answer.slice(0, end).split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [line.split(':', 1)[0] ?? '', line.slice(line.indexOf(':') + 1).trim()]),
  );
  const text = answer.slice(end + HEAD_END.length);
  const json = headers.get('content-type')?.includes('json') && text !== '';
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    text,
    body: (json ? JSON.parse(text) : undefined) as Record<string, unknown>,
  };
}
