import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Api, Problem, Reply, Reserved } from '../support/api.js';
import { PARTNER_A, PARTNER_B } from '../support/app.js';

/** What a client was told of one thing that it wanted. */
export interface Wish {
  readonly productId: number;
  readonly apiKey: string;
  /** Absent: it was asked for once only, whatever came of it. */
  readonly key: string | undefined;
  /** All ids that it was told with 201, one an answer. */
  readonly ids: string[];
  /** 0: the connection broke. */
  readonly statuses: number[];
}

export interface LoadTerms {
  /** Its clients send keys and repeat until they are told 201. */
  readonly keyed: { readonly clients: number; readonly productIds: readonly number[] };
  /** Its clients never repeat. */
  readonly unkeyed: { readonly clients: number; readonly productIds: readonly number[] };
  readonly pauseMs: number;
  /** Bounds on what is asked for, whatever else happens. */
  readonly wishesMax: number;
  readonly maxMs: number;
}

const REPEAT_AFTER_MS = 500;
type Answer = Reply<Partial<Reserved & Problem>>;

/** Clients that reserve one unit after another, and what they were told. */
export class Load {
  readonly wishes: Wish[] = [];
  /** When each request that was answered with 201 was sent and answered. */
  private readonly successes: { readonly sent: number; readonly answered: number }[] = [];
  private stopping = false;
  private readonly clients: Promise<void>[];
  private readonly deadline: number;

  constructor(
    private readonly api: Api,
    private readonly terms: LoadTerms,
  ) {
    this.deadline = performance.now() + terms.maxMs;
    const start = (clients: number, productIds: readonly number[], keyed: boolean): Promise<void>[] =>
      Array.from({ length: clients }, (_, n) => this.client(n, productIds, keyed));
    this.clients = [
      ...start(terms.keyed.clients, terms.keyed.productIds, true),
      ...start(terms.unkeyed.clients, terms.unkeyed.productIds, false),
    ];
  }

  /** When the first request that was sent since then was answered with 201, if one was. */
  firstSuccessSince(since: number): number | undefined {
    const answers = this.successes.filter(({ sent }) => sent >= since).map(({ answered }) => answered);
    return answers.length === 0 ? undefined : Math.min(...answers);
  }

  /** Ends it; what was asked for under a key is repeated until it is answered. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.clients);
  }

  private get going(): boolean {
    return !this.stopping && this.wishes.length < this.terms.wishesMax && performance.now() < this.deadline;
  }

  private async client(n: number, productIds: readonly number[], keyed: boolean): Promise<void> {
    const apiKey = n % 2 ? PARTNER_A : PARTNER_B;
    for (let count = 0; this.going; count++) {
      const productId = productIds[(n + count) % productIds.length] ?? 0;
      const wish: Wish = { productId, apiKey, key: keyed ? randomUUID() : undefined, ids: [], statuses: [] };
      this.wishes.push(wish);
      await this.ask(wish);
      while (keyed && wish.ids.length === 0 && performance.now() < this.deadline) {
        await sleep(REPEAT_AFTER_MS);
        await this.ask(wish);
      }
      await sleep(this.terms.pauseMs);
    }
  }

  private async ask(wish: Wish): Promise<void> {
    const sent = performance.now();
    const reply = await this.reserve(wish).catch(() => undefined);
    wish.statuses.push(reply?.status ?? 0);
    if (reply?.status !== 201) return;
    wish.ids.push(reply.body.reservation_id ?? '');
    this.successes.push({ sent, answered: performance.now() });
  }

  /** Repeats what was asked for under a key. */
  reserve({ productId, apiKey, key }: Wish): Promise<Answer> {
    return this.api.reserve<Partial<Reserved & Problem>>(
      apiKey,
      { product_id: productId, quantity: 1 },
      key === undefined ? {} : { 'idempotency-key': key },
    );
  }
}
