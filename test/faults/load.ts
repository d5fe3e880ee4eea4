import { setTimeout as sleep } from 'node:timers/promises';

import type { Api } from '../support/api.js';
import { PARTNER_A, PARTNER_B } from '../support/app.js';
import type { TestDatabase } from '../support/database.js';
import { addProducts } from '../support/stock.js';
import { eventually } from '../support/wait.js';
import { Booking, type Wish } from './booking.js';
import { Client } from './client.js';
import type { Fleet } from './fleet.js';

/** Bounds of a load, on two cores that the service, MySQL and other tests share. */
const CLIENTS = 8;
const BOOKINGS_MAX = 20_000;
/** After an answer, and before a request is repeated under its key. */
const PAUSE_MS = { answered: 10, repeat: 200 };
/** Longer than any answer of the service may take. */
const PATIENCE_MS = 40_000;
const SETTLE_MAX_MS = 60_000;

/** Never sold out, so whoever is refused there was refused wrongly. */
const HOT_UNITS = 1_000_000;
/** Sold out soon: its last units are fought for. */
const SCARCE_UNITS = 30;
/** Every so many bookings is of the scarce product. */
const SCARCE_EVERY = 4;

const PARTNERS = [PARTNER_A, PARTNER_B] as const;
const WISHES: readonly Wish[] = ['hold', 'hold', 'hold', 'activate', 'cancel'];
const QUANTITIES = [1, 2, 3] as const;

/** Products of one load's own. */
interface Products {
  readonly hot: number;
  readonly scarce: number;
}

let productIds = 2_000;

/** Partners that hold, sell and cancel through whatever instances there are, and repeat what was not answered. */
export class Load {
  readonly bookings: Booking[] = [];
  readonly client: Client;
  private readonly clients: Promise<void>[] = [];
  private stopping = false;

  private constructor(
    private readonly fleet: Fleet,
    readonly products: Products,
    private readonly patienceMs: number,
  ) {
    this.client = new Client(patienceMs);
  }

  /** Clients wait for longer than the service may take: none has to give up. */
  get patient(): boolean {
    return this.patienceMs >= PATIENCE_MS;
  }

  /** On products of its own. @param patienceMs after which a client repeats its request, maybe at another instance */
  static async start(database: TestDatabase, fleet: Fleet, patienceMs = PATIENCE_MS): Promise<Load> {
    const products = { hot: productIds++, scarce: productIds++ };
    await addProducts(database, [products.hot], { ota: HOT_UNITS });
    await addProducts(database, [products.scarce], { ota: SCARCE_UNITS });
    const load = new Load(fleet, products, patienceMs);
    for (let n = 0; n < CLIENTS; n++) load.clients.push(load.run());
    return load;
  }

  /** Units of a product at the start. */
  unitsOf(productId: number): number {
    return productId === this.products.hot ? HOT_UNITS : SCARCE_UNITS;
  }

  /** Waits until so many more reservations were told. */
  async goesOn(more = 50): Promise<void> {
    const enough = this.client.counts.created + more;
    await eventually(`${more} more reservations`, () => this.client.counts.created >= enough, SETTLE_MAX_MS);
  }

  /** A booking of the hot product that the caller sends itself; it is judged with the others. */
  book(productId = this.products.hot, wish: Wish = 'hold'): Booking {
    const booking = new Booking({
      partnerKey: pick(PARTNERS),
      productId,
      quantity: pick(QUANTITIES),
      wish,
    });
    this.bookings.push(booking);
    return booking;
  }

  /** Begins nothing new; waits for the answers of what is under way. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.clients);
  }

  /** Repeats, after the fault, what was not answered. */
  async settle(): Promise<void> {
    const waiting = this.bookings.filter((booking) => !booking.settled);
    const deadline = performance.now() + SETTLE_MAX_MS;
    const settleNext = async (): Promise<void> => {
      for (let booking = waiting.pop(); booking; booking = waiting.pop()) await this.pursue(booking, deadline);
    };
    await Promise.all(Array.from({ length: CLIENTS }, settleNext));
  }

  private async run(): Promise<void> {
    while (!this.stopping && this.bookings.length < BOOKINGS_MAX) {
      const scarce = this.bookings.length % SCARCE_EVERY === 0;
      await this.pursue(this.book(scarce ? this.products.scarce : this.products.hot, pick(WISHES)));
    }
  }

  private async pursue(booking: Booking, deadline?: number): Promise<void> {
    const mayGoOn = (): boolean => (deadline === undefined ? !this.stopping : performance.now() < deadline);
    while (!booking.settled && mayGoOn()) {
      await this.client.attempt(this.anyInstance(), booking);
      await sleep(pauseAfter(booking));
    }
  }

  private anyInstance(): Api {
    return pick(this.fleet.apis);
  }
}

const pauseAfter = ({ settled, tries }: Booking): number =>
  settled || tries === 0 ? PAUSE_MS.answered : PAUSE_MS.repeat;

function pick<T>(items: readonly T[]): T {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}
