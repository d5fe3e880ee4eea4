import type { Answer, Request } from './request.js';

/**
 * A request as its client saw it. A try that broke off, or was answered 504, has no answer: it may have taken place, and its
 * client has to repeat it. One that was answered 503 has not taken place, and its client repeats it too.
 */
export interface Operation {
  readonly request: Request;
  /** On one clock for all clients, the wall's, in ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly answer: Answer | undefined;
}

/** A line of `inventory_movements`. */
export interface Line {
  readonly productId: number;
  readonly seq: number;
  readonly channelId: string;
  readonly kind: string;
  readonly units: number;
  readonly reservationId: string | null;
  readonly partnerId: string | null;
  readonly allocated: number;
  readonly reserved: number;
  readonly sold: number;
  readonly batchId: string | null;
  /** By the database's clock, in ms. */
  readonly occurredAt: number;
}

export interface History {
  readonly operations: readonly Operation[];
  readonly ledger: readonly Line[];
}

/** Says what is wrong. */
export type Complain = (fault: string) => void;
