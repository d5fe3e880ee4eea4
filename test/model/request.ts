import type { Api, Inventory, Kept, Problem, Reply } from '../support/api.js';

/** Who asks. */
export interface Partner {
  readonly id: string;
  readonly key: string;
  readonly channelId: string;
  /** Largest single request, in units. */
  readonly quantityMax: number;
}

interface Asked {
  readonly by: Partner;
  /** The client's own name for the request. */
  readonly key?: string | undefined;
}

export interface Reserve extends Asked {
  readonly kind: 'reserve';
  readonly productId: number;
  readonly quantity: number;
  readonly expiresAt: string;
}

export interface Step extends Asked {
  readonly kind: 'activate' | 'extend' | 'cancel';
  readonly reservationId: string;
  /** Of an activation; all that are held, when absent. */
  readonly quantity?: number | undefined;
  /** Of an extension. */
  readonly expiresAt?: string | undefined;
}

export interface Look extends Asked {
  readonly kind: 'look';
  readonly productId: number;
}

export interface Read extends Asked {
  readonly kind: 'read';
  readonly reservationId: string;
}

export type Request = Reserve | Step | Look | Read;

/** What a partner is told. */
export interface Answer {
  readonly status: number;
  /** The body, to the letter. */
  readonly text: string;
  readonly body: Partial<Kept & Omit<Problem, 'status'> & Inventory & { readonly reservation_status: string }>;
  readonly replayed: boolean;
}

/** Sends it. @throws Error when the connection breaks before the answer */
export async function ask(api: Api, request: Request): Promise<Answer> {
  const { status, text, body, headers } = await send(api, request);
  return {
    status,
    text,
    body: body as Answer['body'],
    replayed: headers.get('idempotency-replayed') === 'true',
  };
}

function send(api: Api, request: Request): Promise<Reply<unknown>> {
  const { key } = request.by;
  const headers: Record<string, string> = request.key === undefined ? {} : { 'idempotency-key': request.key };
  switch (request.kind) {
    case 'reserve':
      return api.reserve<unknown>(key, bodyOf(request), headers);
    case 'activate':
    case 'extend':
    case 'cancel':
      return api.step(key, request.reservationId, request.kind, bodyOf(request), headers);
    case 'look':
      return api.inventory<unknown>(key, `?product_ids=${request.productId}`);
    case 'read':
      return api.reservation<unknown>(key, request.reservationId);
  }
}

function bodyOf(request: Reserve | Step): object | undefined {
  switch (request.kind) {
    case 'reserve':
      return {
        product_id: request.productId,
        quantity: request.quantity,
        reservation_expires_at: request.expiresAt,
      };
    case 'activate':
      return request.quantity === undefined ? undefined : { quantity: request.quantity };
    case 'extend':
      return { reservation_expires_at: request.expiresAt };
    case 'cancel':
      return undefined;
  }
}

/** What is asked for, whoever asks under whatever key: the same for a request and its repeats. */
export const askedFor = (request: Reserve | Step): string =>
  JSON.stringify([request.kind, request.kind === 'reserve' ? '' : request.reservationId, bodyOf(request) ?? {}]);

/** For people. */
export function describeRequest(request: Request): string {
  const { kind, by, key, ...rest } = request;
  const facts = Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}`));
  return [by.id, kind, ...facts, ...(key === undefined ? [] : [`key=${key}`])].join(' ');
}

/** For people: the status and as much of the body as tells answers apart. */
export function describeAnswer(answer: Answer | undefined): string {
  if (!answer) return 'no answer';
  const { code, available, reservation_status, reservation_id, status, quantity, extensions, available_quantities } =
    answer.body;
  const facts = { code, available, reservation_status, reservation_id, quantity, extensions, available_quantities };
  const state = code === undefined ? { status } : {};
  return `${answer.status}${answer.replayed ? ' replayed' : ''} ${JSON.stringify({ ...state, ...facts })}`;
}
