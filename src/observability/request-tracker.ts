import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';

const LOOK_EVERY_MS = 20;

/** Which requests are in flight, and whether new ones are still taken. */
@Injectable()
export class RequestTracker {
  private readonly inFlight = new Map<Socket, number>();
  private readonly closing = new AbortController();

  /** Requests that are being answered. */
  get count(): number {
    return [...this.inFlight.values()].reduce((sum, count) => sum + count, 0);
  }

  get draining(): boolean {
    return this.closing.signal.aborted;
  }

  /** Aborted when new requests are refused: for an answer that is sent for long, at its client's pace. */
  get stopping(): AbortSignal {
    return this.closing.signal;
  }

  /** With its connection all its requests end: of one that waits for the answer before its own, Node says nothing then. @returns those in flight on it */
  started(connection: Socket): number {
    const before = this.inFlight.get(connection);
    if (before === undefined) connection.once('close', () => this.inFlight.delete(connection));
    const count = (before ?? 0) + 1;
    this.inFlight.set(connection, count);
    return count;
  }

  ended(connection: Socket): void {
    const before = this.inFlight.get(connection);
    if (before !== undefined) this.inFlight.set(connection, before - 1);
  }

  /** From now on new requests are refused; waits until those in flight are answered, or the time is up. */
  async drain(maxMs: number): Promise<boolean> {
    this.closing.abort();
    const deadline = performance.now() + maxMs;
    while (this.count > 0 && performance.now() < deadline) await sleep(LOOK_EVERY_MS);
    return this.count === 0;
  }
}
