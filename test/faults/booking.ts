import { randomUUID } from 'node:crypto';

/** What a client does with its hold. */
export type Wish = 'hold' | 'activate' | 'cancel';

/** The status that a reservation ends in, by what its client wished. */
export const STATUS_AFTER = {
  hold: 'active',
  activate: 'activated',
  cancel: 'cancelled',
} as const satisfies Record<Wish, string>;

interface Terms {
  readonly partnerKey: string;
  readonly productId: number;
  readonly quantity: number;
  readonly wish: Wish;
}

/** A reservation that a client wants, and what it was told of it so far. */
export class Booking {
  readonly idempotencyKey = randomUUID();
  readonly partnerKey: string;
  readonly productId: number;
  readonly quantity: number;
  readonly wish: Wish;
  /** Requests sent for what comes next. */
  tries = 0;
  /** Of the 201 that the client saw. */
  reservationId: string | undefined;
  /** There was not enough. */
  refused = false;
  /** The client saw the 200 of its step. */
  stepped = false;

  constructor(terms: Terms) {
    this.partnerKey = terms.partnerKey;
    this.productId = terms.productId;
    this.quantity = terms.quantity;
    this.wish = terms.wish;
  }

  /** Nothing is left to ask. */
  get settled(): boolean {
    return this.refused || (this.reservationId !== undefined && (this.wish === 'hold' || this.stepped));
  }

  /** The client may have been given units, as far as it knows. */
  get held(): boolean {
    return this.reservationId !== undefined && !(this.wish === 'cancel' && this.stepped);
  }
}
