import type { Socket } from 'node:net';

import type { Reply } from '../api.js';
import { firstAnswer, openSocket } from '../raw-http.js';

/** One connection, used for one request after the other, and opened anew when the server has closed it. */
export class RawConnection {
  private socket: Socket | undefined;

  /** @param answerMaxMs after which a request counts as hung */
  constructor(
    private readonly base: string,
    private readonly answerMaxMs: number,
  ) {}

  /** Sends bytes as they are. @throws Error when no whole answer comes */
  send(bytes: Buffer, method: string): Promise<Reply> {
    const socket = this.open();
    return new Promise<Reply>((resolve, reject) => {
      let received = Buffer.alloc(0);
      const end = (): void => {
        clearTimeout(late);
        socket.removeAllListeners('data').removeAllListeners('close');
      };
      const fail = (why: string): void => {
        end();
        this.close();
        reject(new Error(`${why}; ${received.length} bytes had come: ${received.toString().slice(0, 300)}`));
      };
      const late = setTimeout(() => {
        fail(`no answer within ${this.answerMaxMs} ms`);
      }, this.answerMaxMs);
      socket.on('close', () => {
        fail('hung up without an answer');
      });
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        try {
          const answer = firstAnswer(received, method);
          if (!answer) return;
          end();
          if (answer.reply.headers.get('connection') === 'close') this.close();
          resolve(answer.reply);
        } catch (error) {
          fail(String(error));
        }
      });
      socket.write(bytes);
    });
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private open(): Socket {
    if (this.socket && !this.socket.destroyed) return this.socket;
    this.socket = openSocket(this.base);
    // 'close' follows, and says it to whoever waits.
    this.socket.on('error', () => undefined);
    return this.socket;
  }
}
