import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';

const LOOK_EVERY_MS = 20;

/** Which requests are in flight, and whether new ones are still taken. */
@Injectable()
export class RequestTracker {
  private inFlight = 0;
  private closed = false;

  /** Requests that are being answered. */
  get count(): number {
    return this.inFlight;
  }

  get draining(): boolean {
    return this.closed;
  }

  started(): void {
    this.inFlight++;
  }

  ended(): void {
    this.inFlight--;
  }

  /** From now on new requests are refused; waits until those in flight are answered, or the time is up. */
  async drain(maxMs: number): Promise<boolean> {
    this.closed = true;
    const deadline = performance.now() + maxMs;
    while (this.inFlight > 0 && performance.now() < deadline) await sleep(LOOK_EVERY_MS);
    return this.inFlight === 0;
  }
}
