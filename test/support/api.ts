import type { Contract } from './contract.js';

/** What a client sees of an answer. */
export interface Reply<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: T;
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly product_id?: number;
  readonly requested?: number;
  readonly available?: number;
  readonly errors?: { pointer?: string; parameter?: string; detail: string }[];
}

export interface Reserved {
  readonly reservation_id: string;
  readonly product_id: number;
  readonly channel_id: string;
  readonly quantity: number;
  readonly status: string;
  readonly reserved_until: string;
  readonly expires_at: string;
  readonly created_at: string;
  readonly pricing_snapshot: Record<string, unknown>;
}

/** A reservation as its steps answer it, and GET. */
export interface Kept extends Omit<Reserved, 'reserved_until'> {
  readonly quantity_held: number;
  readonly extensions: number;
  readonly activated_at: string | null;
  readonly cancelled_at: string | null;
  readonly order_id: number | null;
  readonly order: Order | null;
}

export interface Order {
  readonly order_id: number;
  readonly status: string;
  readonly visit_date: string | null;
  readonly external_reference: string | null;
  readonly currency: string;
  readonly total_amount: number;
  readonly lines: { customer_type: string; quantity: number; unit_price: number; amount: number }[];
}

export interface Page {
  readonly reservations: Omit<Reserved, 'reserved_until' | 'pricing_snapshot'>[];
  readonly next_cursor: string | null;
}

/** What a step of a reservation answers, or why it doesn't. */
export type Stepped = Kept & Omit<Problem, 'status'> & { readonly reservation_status?: string };

/** A partner's view of a running service. */
export class Api {
  /** @param contract against which every answer is held */
  constructor(
    readonly base: string,
    private readonly contract?: Contract,
  ) {}

  async send<T = Record<string, unknown>>(path: string, init: RequestInit = {}): Promise<Reply<T>> {
    const response = await fetch(`${this.base}${path}`, init);
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') && text !== '';
    const reply = {
      status: response.status,
      headers: response.headers,
      text,
      body: (json ? JSON.parse(text) : undefined) as T,
    };
    this.contract?.check(init.method ?? 'GET', path, reply);
    return reply;
  }

  /** @param path under /api/admin, e.g. `PUT products/106/allotment` */
  desk<T = Record<string, unknown>>(
    key: string,
    route: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} ${string}`,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply<T>> {
    const [method = '', path = ''] = route.split(' ');
    return this.send<T>(`/api/admin/${path}`, {
      method,
      headers: { 'x-api-key': key, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  reserve<T = Reserved>(key: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Reply<T>> {
    return this.send<T>('/api/ota/reserve', {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** @param body absent: the request has none */
  step(
    key: string,
    id: string,
    step: 'activate' | 'extend' | 'cancel',
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply<Stepped>> {
    return this.send<Stepped>(`/api/ota/reservations/${id}/${step}`, {
      method: 'POST',
      headers: { 'x-api-key': key, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  reservation<T = Kept>(key: string, id: string): Promise<Reply<T>> {
    return this.send<T>(`/api/ota/reservations/${id}`, { headers: { 'x-api-key': key } });
  }

  /** @param query e.g. `?status=active` */
  reservations<T = Page>(key: string, query = ''): Promise<Reply<T>> {
    return this.send<T>(`/api/ota/reservations${query}`, { headers: { 'x-api-key': key } });
  }

  get<T = Record<string, unknown>>(
    key: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply<T>> {
    return this.send<T>(path, { headers: { 'x-api-key': key, ...headers } });
  }

  /** @param query e.g. `?product_ids=106` */
  inventory<T = Inventory>(key: string, query = ''): Promise<Reply<T>> {
    return this.send<T>(`/api/ota/inventory${query}`, { headers: { 'x-api-key': key } });
  }

  /** Units of a product that the key's partner may reserve now. */
  async available(key: string, productId: number): Promise<number> {
    const { body } = await this.inventory(key, `?product_ids=${productId}`);
    const units = body.available_quantities[productId];
    if (units === undefined) throw new Error(`product ${productId} is not listed`);
    return units;
  }
}

export interface Inventory {
  readonly available_quantities: Record<string, number>;
  readonly pricing_context: {
    readonly base_prices: Record<string, { weekday: number; weekend: number }>;
    readonly customer_types: string[];
    readonly special_dates: Record<string, { multiplier: number }>;
    readonly customer_discounts: Record<string, Record<string, number>>;
  };
}
