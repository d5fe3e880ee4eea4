import { type Answer, askedFor, type Partner, type Request, type Reserve, type Step } from './request.js';

/** Units of a product on a channel. To a partner an overdue hold is expired: its units are free, job or no job. */
interface Pool {
  readonly free: number;
  readonly reserved: number;
  readonly sold: number;
}

interface Reservation {
  readonly by: Partner;
  readonly productId: number;
  readonly quantity: number;
  readonly quantityHeld: number;
  readonly status: 'active' | 'expired' | 'activated' | 'cancelled';
  readonly expiresAt: string;
  readonly extensions: number;
  /** What the step that ended it asked for, and how that was answered. */
  readonly last?: { readonly asked: string; readonly text: string };
}

/** What an answer must be. `body` is a part of it, `text` all of it to the letter. */
export interface Expected {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: Answer['body'];
  readonly text?: string;
}

const done = (status: number, body: Answer['body']): Expected => ({ status, body, replayed: false });
const again = (text: string, status = 200): Expected => ({ status, body: {}, text, replayed: true });
const refused = (status: number, code: string, facts: object = {}): Expected => done(status, { code, ...facts });

const NOT_YOURS = refused(404, 'reservation_not_found');
const ALLOWED: Readonly<Record<Reservation['status'], readonly Step['kind'][]>> = {
  active: ['activate', 'extend', 'cancel'],
  activated: ['cancel'],
  expired: [],
  cancelled: [],
};
const ENDS_AS = { activate: 'activated', cancel: 'cancelled', extend: undefined } as const;
const HOLD_MAX_MS = 7 * 24 * 3_600_000;

export const poolOf = (productId: number, { channelId }: Partner): string => `${productId} ${channelId}`;
const keyOf = ({ by, key }: Request): string => `${by.id} ${key}`;

/** The service as its partners may rely on it, without a clock, a queue or a database. */
export class Model {
  private constructor(
    readonly pools: Map<string, Pool>,
    readonly reservations: Map<string, Reservation>,
    private readonly kept: Map<string, { readonly asked: string; readonly answer: Expected }>,
  ) {}

  /** @param free units by {@link poolOf} */
  static of(free: Readonly<Record<string, number>>): Model {
    const pools = Object.entries(free).map(([pool, units]) => [pool, { free: units, reserved: 0, sold: 0 }] as const);
    return new Model(new Map(pools), new Map(), new Map());
  }

  copy(): Model {
    return new Model(new Map(this.pools), new Map(this.reservations), new Map(this.kept));
  }

  /** What a request must be answered with now. */
  expects(request: Request): Expected {
    if (request.kind === 'look') {
      return done(200, {
        available_quantities: { [request.productId]: this.pool(request.productId, request.by).free },
      });
    }
    const own = request.kind === 'reserve' ? undefined : this.reservations.get(request.reservationId);
    if (request.kind !== 'reserve' && own?.by !== request.by) return NOT_YOURS;
    if (request.kind === 'read') return done(200, own ? told(own) : {});
    const kept = request.key === undefined ? undefined : this.kept.get(keyOf(request));
    if (kept) return kept.asked === askedFor(request) ? kept.answer : refused(422, 'idempotency_key_reused');
    if (request.kind === 'reserve') return this.expectsReserve(request);
    return own ? expectsStep(request, own) : NOT_YOURS;
  }

  private expectsReserve({ by, productId, quantity, expiresAt }: Reserve): Expected {
    const { free } = this.pool(productId, by);
    if (quantity < 1) return refused(422, 'quantity_out_of_range');
    if (quantity > free) return refused(409, 'insufficient_inventory', { requested: quantity, available: free });
    if (quantity > by.quantityMax) return refused(422, 'quantity_out_of_range', { limit: by.quantityMax });
    return done(201, {
      status: 'active',
      product_id: productId,
      channel_id: by.channelId,
      quantity,
      expires_at: expiresAt,
    });
  }

  /** What becomes of the model by an answer that was expected. */
  learn(request: Request, { status, text, body, replayed }: Answer): void {
    if (status >= 300 || request.kind === 'look' || request.kind === 'read') return;
    const asked = askedFor(request);
    if (request.key !== undefined) this.kept.set(keyOf(request), { asked, answer: again(text, status) });
    if (replayed) return;
    const before = this.reservations.get(body.reservation_id ?? '');
    const { by } = request;
    const { quantity = 0, extensions = 0, expires_at: expiresAt = '', product_id: productId = 0 } = body;
    const after: Reservation = {
      ...{ by, productId, quantity, quantityHeld: before?.quantityHeld ?? quantity, expiresAt, extensions },
      ...{ status: body.status as Reservation['status'], last: { asked, text } },
    };
    this.change(body.reservation_id ?? '', after);
  }

  /** The hold's time is over. */
  lapse(id: string): void {
    const hold = this.reservations.get(id);
    if (hold?.status === 'active') this.change(id, { ...hold, status: 'expired' });
  }

  private change(id: string, after: Reservation): void {
    const before = this.reservations.get(id);
    const { free, reserved, sold } = this.pool(after.productId, after.by);
    const by = (status: string): number => unitsIn(after, status) - unitsIn(before, status);
    const [held, bought] = [by('active'), by('activated')];
    const pool = { free: free - held - bought, reserved: reserved + held, sold: sold + bought };
    this.pools.set(poolOf(after.productId, after.by), pool);
    this.reservations.set(id, after);
  }

  private pool(productId: number, by: Partner): Pool {
    return this.pools.get(poolOf(productId, by)) ?? { free: 0, reserved: 0, sold: 0 };
  }
}

function expectsStep({ kind, quantity, expiresAt = '', ...rest }: Step, own: Reservation): Expected {
  const { status, last } = own;
  if (status === ENDS_AS[kind]) {
    const repeated = last?.asked === askedFor({ kind, quantity, expiresAt, ...rest });
    return repeated ? again(last.text) : refused(409, 'step_differs', { reservation_status: status });
  }
  if (!ALLOWED[status].includes(kind)) return refused(409, 'status_conflict', { reservation_status: status });
  if (kind === 'activate' && quantity !== undefined && (quantity < 1 || quantity > own.quantity)) {
    return refused(422, 'quantity_out_of_range', { limit: own.quantity });
  }
  if (kind === 'extend' && expiresAt === own.expiresAt) return { ...done(200, told(own)), replayed: true };
  if (kind === 'extend' && (expiresAt < own.expiresAt || Date.parse(expiresAt) > Date.now() + HOLD_MAX_MS)) {
    return refused(422, 'expiry_out_of_range');
  }
  const after = {
    activate: { status: 'activated', quantity: quantity ?? own.quantity } as const,
    extend: { expiresAt, extensions: own.extensions + 1 },
    cancel: { status: 'cancelled' } as const,
  }[kind];
  return done(200, told({ ...own, ...after }));
}

/** When a hold lapsed is not the model's to know. */
const told = ({ status, quantity, quantityHeld, extensions, expiresAt }: Reservation): Answer['body'] => ({
  ...{ status, quantity, extensions, quantity_held: quantityHeld },
  ...(status !== 'expired' && { expires_at: expiresAt }),
});

const unitsIn = (reservation: Reservation | undefined, status: string): number =>
  reservation?.status === status ? reservation.quantity : 0;
