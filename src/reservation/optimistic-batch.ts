import type { KeptProduct } from '../catalog/price-book.js';
import type { Share } from '../database/group-commit.js';
import type { Words } from '../database/shared-columns.js';
import { timeOrderedId } from '../database/time-ordered-id.js';
import type { Tx } from '../database/transaction.js';
import type { Unit } from '../database/unit-of-work.js';
import type { Allocation } from '../domain/allocation.js';
import type { Command, ReserveCommand } from '../domain/command.js';
import { decide } from '../domain/decide.js';
import type { Decision, NewKey, ProductState } from '../domain/decision.js';
import { countsUnits } from '../domain/hold-limits.js';
import { type Instant, isoInstant } from '../domain/instant.js';
import type { Reservation } from '../domain/reservation.js';
import { madeWithin } from '../domain/reserve.js';
import { appendMovements } from '../events/movement.store.js';
import { lockInventory } from '../inventory/inventory.store.js';
import { type Locked, lockedUnread, UnreadRow, withMoments } from '../inventory/unread-row.js';
import type { Decided } from './batch-writes.js';
import { keepAnswers } from './idempotency.store.js';
import { bodyOf, statusOf } from './reservation.answers.js';
import { createdAtOf, insertReservations } from './reservation.store.js';

/** What became of it, once it is committed; balances and numbers of lines are those of a row with room for everybody. */
export interface Done extends Decided {
  readonly waitedSeconds: number;
}

/**
 * Reserves of one product in one round trip: what they add to its row is written if there is room for all of them, and nothing
 * is otherwise (ADR 13).
 */
export class OptimisticBatch implements Unit<() => Done> {
  private readonly batchId = timeOrderedId();
  private readonly row: UnreadRow;
  /** Ids of reservations whose end doesn't hang on when they are made. */
  private readonly endsAsAsked: ReadonlySet<string>;
  /** When the last `work` took place, if that had to be looked up. */
  private lookedUp: Locked | undefined;

  private constructor(
    private readonly share: Share<Command>,
    private readonly reserves: readonly ReserveCommand[],
    private readonly product: KeptProduct,
    private readonly window: Window,
    /** By a row with room for everybody, at `moment`. */
    private readonly foreseen: Decision,
    private readonly moment: Instant,
    readonly mayWait: boolean,
  ) {
    this.endsAsAsked = new Set(reserves.flatMap((of) => (of.expiresAt === undefined ? [] : of.reservationId)));
    const wanted = new Map<string, number>();
    for (const { channelId, quantity } of foreseen.reservations) {
      wanted.set(channelId, (wanted.get(channelId) ?? 0) + quantity);
    }
    this.row = new UnreadRow(share.productId, wanted);
  }

  /**
   * @param mayWait for the row, if somebody else has it
   * @returns `undefined` when more has to be read. So it has before anyone is told no.
   */
  static of(share: Share<Command>, product: KeptProduct, mayWait: boolean): OptimisticBatch | undefined {
    const reserves = share.commands.filter(isDecidedByRow);
    if (reserves.length < share.commands.length) return undefined;
    const window = windowOf(reserves);
    if (!canBe(window)) return undefined;
    const moment = Number.isFinite(window.until) ? window.until : 0;
    const foreseen = decideWithRoom(share.productId, product, reserves, moment);
    return foreseen && new OptimisticBatch(share, reserves, product, window, foreseen, moment, mayWait);
  }

  get productId(): number {
    return this.share.productId;
  }

  work(tx: Tx): Promise<() => Done> {
    const { row, productId } = this;
    const { reservations, movements, keys } = this.foreseen;
    row.lock(tx, this.mayWait, this.product.holds);
    if (this.endsAsAsked.size > 0) row.within(tx, this.window.since, this.window.until);
    keepAnswers(tx, keys, row.now, (key) => this.answerOf(key));
    insertReservations(tx, reservations, (reservation) => ({
      expiresAt: this.endOf(reservation) ?? new Date(reservation.expiresAt),
      createdAt: row.now,
    }));
    appendMovements(tx, this.batchId, row.now, [{ productId, movements }], ({ seq, channelId, reserved }) =>
      row.lineAfter(seq, channelId, reserved),
    );
    row.save(tx, movements.length);
    const locked = tx.askWithWrites(lockedUnread());
    return Promise.resolve(() => this.done(this.lookedUp ?? locked()));
  }

  /** Its reservations exist, or it did not take place: their ids are tried once at a time. */
  async tookPlace(tx: Tx): Promise<boolean> {
    const [first] = this.foreseen.reservations;
    if (!first) return false;
    const [, now] = await tx.read(lockInventory([this.productId], 'wait'), createdAtOf(first.id));
    this.lookedUp = now === undefined ? undefined : { now, waitedSeconds: 0 };
    return now !== undefined;
  }

  /**
   * Does something else in its place, unless it took place after all: a packet whose connection was lost may be late, and
   * overtake that. Asked with the row locked, which it needs.
   */
  orElse(unit: Unit<readonly (Decided | undefined)[]>): Unit<readonly (Decided | undefined)[]> {
    return {
      work: async (tx) => ((await this.tookPlace(tx)) && this.lookedUp ? [this.done(this.lookedUp)] : unit.work(tx)),
      tookPlace: (tx) => unit.tookPlace(tx),
    };
  }

  /** Words for when it ends; `undefined` when that was asked for. */
  private endOf({ id, expiresAt }: Reservation): Words | undefined {
    return this.endsAsAsked.has(id) ? undefined : this.row.after(expiresAt - this.moment);
  }

  /** As foreseen, but for the moments, which the database puts in. */
  private answerOf({ done }: NewKey): { readonly status: number; readonly body: Words } {
    const end = 'reservation' in done ? this.endOf(done.reservation) : undefined;
    const moments: [string, Words][] = [[isoInstant(this.moment), this.row.now]];
    if ('reservation' in done && end) moments.push([isoInstant(done.reservation.expiresAt), end]);
    return { status: statusOf(done), body: withMoments(JSON.stringify(bodyOf(done)), moments) };
  }

  private done({ now, waitedSeconds }: Locked): Done {
    const { productId } = this;
    const decision = decideWithRoom(productId, this.product, this.reserves, now);
    if (!decision) throw new Error('reserves were committed that are refused');
    return { productId, commands: this.share.commands, decision, waitedSeconds };
  }
}

/** When all of them may be made; both included. */
interface Window {
  readonly since: Instant;
  readonly until: Instant;
}

function windowOf(reserves: readonly ReserveCommand[]): Window {
  let [since, until] = [-Infinity, Infinity];
  for (const reserve of reserves) {
    if (reserve.expiresAt === undefined) continue;
    const own = madeWithin(reserve, reserve.expiresAt);
    since = Math.max(since, own.since);
    until = Math.min(until, own.until);
  }
  return { since, until };
}

/** Whether there is such a time, and the database can word it. */
const canBe = ({ since, until }: Window): boolean =>
  since <= until && (since === -Infinity || (since > 0 && until < TIMES_END));

/** Of a TIMESTAMP: January 2038. */
const TIMES_END = 2 ** 31 * 1000;

/** @returns `undefined` when somebody is refused */
function decideWithRoom(
  productId: number,
  { sellable, pricing }: KeptProduct,
  reserves: readonly ReserveCommand[],
  now: Instant,
): Decision | undefined {
  const allocations = new Map(reserves.map(({ partner }) => [partner.channelId, ROOM]));
  const product: ProductState = { productId, sellable, sellableCap: 0, allocations, movementSeq: 0, pricing };
  const decision = decide({ ...NOTHING_MORE, product }, reserves, now);
  if (decision.kind !== 'decided' || decision.outcomes.some(({ kind }) => kind === 'refused')) return undefined;
  return decision;
}

const ROOM: Allocation = { allocated: Infinity, reserved: 0, sold: 0 };

/** An idempotency key is taken for a new one: the database refuses to keep it twice. */
const isDecidedByRow = (command: Command): command is ReserveCommand =>
  command.kind === 'reserve' && !countsUnits(command.partner.limits);

const NOTHING_MORE = {
  kept: new Map(),
  reservations: new Map(),
  overdue: new Map(),
  outstanding: new Map(),
  releases: new Map(),
};
