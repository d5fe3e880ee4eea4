import type { Api, Reply } from '../support/api.js';
import type { Booking } from './booking.js';

/** What was sent and what came back, by number. */
export interface Counts {
  requests: number;
  /** Of those, under a key that was sent before. */
  repeated: number;
  /** Reservations told by a 201, the first time. */
  created: number;
  /** Steps told by a 200, the first time. */
  stepped: number;
  /** 409: not enough. */
  refused: number;
  /** 503, with Retry-After. */
  unavailable: number;
  /** 504 `outcome_unknown`. */
  unknown: number;
  /** The connection was refused, reset or closed. */
  broken: number;
  /** The client's patience ended before an answer came. */
  late: number;
}

type Body = Readonly<Record<string, unknown>>;

const HEADERS = { 'content-type': 'application/json' };

/** Sends what bookings want next, and keeps what was told. */
export class Client {
  readonly counts: Counts = {
    requests: 0,
    repeated: 0,
    created: 0,
    stepped: 0,
    refused: 0,
    unavailable: 0,
    unknown: 0,
    broken: 0,
    late: 0,
  };

  /** Answers that no fault excuses. */
  readonly unexpected: string[] = [];
  /** The longest that an answer took, in ms. */
  slowestMs = 0;
  /** The longest time without any reservation or step that was taken, in ms: the outage as clients see it. */
  outageMs = 0;
  private takenAt = performance.now();

  /** @param patienceMs after which a request is given up on */
  constructor(private readonly patienceMs: number) {}

  /** One request for what the booking wants next. Never throws. */
  async attempt(api: Api, booking: Booking): Promise<void> {
    if (booking.tries++ > 0) this.counts.repeated++;
    const reply =
      booking.reservationId === undefined
        ? await this.reserve(api, booking)
        : await this.step(api, booking, booking.reservationId);
    if (reply) this.told(booking, reply);
  }

  /** Repeats a reserve that was answered. @returns the reservation of the second answer, if it is the first one's again */
  async replay(api: Api, booking: Booking): Promise<string | undefined> {
    this.counts.repeated++;
    const reply = await this.reserve(api, booking);
    const replayed = reply?.status === 201 && reply.headers.get('idempotency-replayed') === 'true';
    return replayed ? (reply.body['reservation_id'] as string) : undefined;
  }

  private reserve(api: Api, { productId, quantity, idempotencyKey, partnerKey }: Booking): Promise<Reply | undefined> {
    const body = { product_id: productId, quantity };
    return this.post(api, '/api/ota/reserve', body, { 'x-api-key': partnerKey, 'idempotency-key': idempotencyKey });
  }

  private step(api: Api, { wish, idempotencyKey, partnerKey }: Booking, id: string): Promise<Reply | undefined> {
    const headers = { 'x-api-key': partnerKey, 'idempotency-key': `${idempotencyKey}-${wish}` };
    return this.post(api, `/api/ota/reservations/${id}/${wish}`, {}, headers);
  }

  private async post(
    api: Api,
    path: string,
    body: Body,
    headers: Readonly<Record<string, string>>,
  ): Promise<Reply | undefined> {
    this.counts.requests++;
    const begun = performance.now();
    try {
      return await api.send(path, {
        method: 'POST',
        headers: { ...HEADERS, ...headers },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(this.patienceMs),
      });
    } catch (error) {
      this.counts[(error as Error).name === 'TimeoutError' ? 'late' : 'broken']++;
      return undefined;
    } finally {
      this.slowestMs = Math.max(this.slowestMs, performance.now() - begun);
    }
  }

  private told(booking: Booking, { status, headers, body, text }: Reply): void {
    const code = body['code'];
    if (status === 201 && booking.reservationId === undefined && body['quantity'] === booking.quantity) {
      booking.reservationId = body['reservation_id'] as string;
      booking.tries = 0;
      this.counts.created++;
      this.taken();
    } else if (status === 200 && booking.reservationId !== undefined) {
      booking.stepped = true;
      this.counts.stepped++;
      this.taken();
    } else if (status === 409 && code === 'insufficient_inventory') {
      booking.refused = true;
      this.counts.refused++;
    } else if (status === 503 && Number(headers.get('retry-after')) > 0) this.counts.unavailable++;
    else if (status === 504 && code === 'outcome_unknown') this.counts.unknown++;
    else this.unexpected.push(`${status} ${text}`);
  }

  private taken(): void {
    const now = performance.now();
    this.outageMs = Math.max(this.outageMs, now - this.takenAt);
    this.takenAt = now;
  }
}
