import type { PriceBook } from '../catalog/price-book.js';
import type { Share } from '../database/group-commit.js';
import { NOT_ASKED, type Query, type Tx } from '../database/transaction.js';
import type { Unit } from '../database/unit-of-work.js';
import type { Command } from '../domain/command.js';
import { decide } from '../domain/decide.js';
import type { KeptAnswer, OverdueHolds, OverdueWanted, Situation } from '../domain/decision.js';
import { countsUnits } from '../domain/hold-limits.js';
import type { Instant } from '../domain/instant.js';
import type { ReleaseStatus } from '../domain/release.js';
import type { Reservation } from '../domain/reservation.js';
import { lockInventory } from '../inventory/inventory.store.js';
import { BatchWrites, type Decided } from './batch-writes.js';
import { keptAnswers } from './idempotency.store.js';
import { type Outstanding, outstandingFor } from './outstanding.query.js';
import { releaseStatuses } from './release.store.js';
import { reservationsById } from './reservation.query.js';
import { overdueHolds } from './reservation.store.js';

/** What a transaction locked and read. */
interface Found {
  /** By product; `undefined` when its row was taken. */
  readonly situations: ReadonlyMap<number, Situation | undefined>;
  /** The database's, once it had the rows. */
  readonly now: Instant;
  /** Units that partners' limits hang on; `undefined` when nobody has one that was asked about. */
  readonly outstanding: Outstanding | undefined;
  readonly waitedSeconds: number;
}

/**
 * Commands on some products as one transaction: lock and read, decide each product, write and commit. What was decided is
 * `undefined` for a product whose row was taken.
 */
export class CommandBatch implements Unit<readonly (Decided | undefined)[]> {
  private readonly writes = new BatchWrites();
  private readonly commands: Map<number, Command[]>;
  private waitedSeconds = 0;

  /** @param mayWait for the row, of a single share; else only rows that are free are taken */
  constructor(
    private readonly shares: readonly Share<Command>[],
    private readonly mayWait: boolean,
    private readonly priceBook: PriceBook,
  ) {
    this.commands = new Map(shares.map(({ productId, commands }) => [productId, [...commands]]));
  }

  async work(tx: Tx): Promise<readonly (Decided | undefined)[]> {
    const { situations, now, outstanding, waitedSeconds } = await this.read(tx);
    this.waitedSeconds = waitedSeconds;
    const decided: (Decided | undefined)[] = [];
    for (const share of this.shares) {
      const situation = situations.get(share.productId);
      if (!situation) {
        decided.push(undefined);
        continue;
      }
      const counted = outstanding?.of(share.productId, this.commandsOf(share.productId));
      const of = await this.decide(tx, share, counted ? { ...situation, outstanding: counted } : situation, now);
      outstanding?.follow(of.decision.outstanding);
      decided.push(of);
    }
    this.writes.queue(
      tx,
      decided.flatMap((of) => of ?? []),
      now,
    );
    return decided;
  }

  /** How long the last `work` waited for the product's row. */
  get lockWaitSeconds(): number {
    return this.waitedSeconds;
  }

  /** Another instance had the row. */
  get contended(): boolean {
    return this.mayWait && this.waitedSeconds > CONTENDED_SECONDS;
  }

  tookPlace(tx: Tx): Promise<boolean> {
    return this.writes.tookPlace(tx);
  }

  private async read(tx: Tx): Promise<Found> {
    const productIds = this.shares.map(({ productId }) => productId);
    const reading = this.priceBook.open(productIds);
    const [locked, version, products, specialDates, kept, reservations, releases, outstanding] = await tx.read(
      lockInventory(productIds, this.mayWait ? 'wait' : 'only free ones'),
      ...reading.queries,
      this.keptAnswers(),
      this.namedReservations(),
      this.namedReleases(),
      outstandingFor(this.commands) ?? NOTHING_TO_COUNT,
    );
    const prices =
      reading.result(version, products, specialDates) ??
      (await this.priceBook.read(productIds, (...queries) => tx.read(...queries), true));
    const situationOf = (productId: number): Situation | undefined => {
      const row = locked.get(productId);
      const product = prices.products.get(productId);
      if (!row && product && !this.mayWait) return undefined;
      return {
        product: row &&
          product && {
            productId,
            sellable: product.sellable,
            sellableCap: row.sellableCap,
            allocations: row.allocations,
            movementSeq: row.movementSeq,
            pricing: product.pricing,
          },
        kept,
        reservations,
        overdue: new Map(),
        outstanding: NOBODYS_UNITS,
        releases,
      };
    };
    return {
      situations: new Map(productIds.map((id) => [id, situationOf(id)])),
      // Of the last row that was locked: all are held then. Without a row nothing is decided by the time. Where units were
      // counted it is the moment of that, a little later, so that a hold is overdue for both or for neither.
      now: outstanding?.now ?? Math.max(0, ...[...locked.values()].map((row) => row.now)),
      outstanding,
      waitedSeconds: Math.max(0, ...[...locked.values()].map((row) => row.waitedSeconds)),
    };
  }

  private async decide(tx: Tx, share: Share<Command>, situation: Situation, now: Instant): Promise<Decided> {
    const { productId } = share;
    const commands = this.commandsOf(productId);
    if (this.contended) commands.push(...share.takeMore(needsNothingRead));
    let overdue: ReadonlyMap<string, OverdueHolds> = situation.overdue;
    for (;;) {
      const decision = decide({ ...situation, overdue }, commands, now);
      if (decision.kind === 'decided') return { productId, commands, decision };
      // A change that these allow may use up another channel's units, so that a command after it needs that one's holds too.
      const read = await readOverdue(tx, productId, decision, now);
      if ([...read.keys()].some((channelId) => overdue.has(channelId))) {
        throw new Error('overdue holds were read and are wanted again');
      }
      overdue = new Map([...overdue, ...read]);
    }
  }

  private commandsOf(productId: number): Command[] {
    return this.commands.get(productId) ?? [];
  }

  private keptAnswers(): Query<Map<string, KeptAnswer>> {
    const names = this.all().flatMap((command) =>
      command.kind !== 'expire' && command.idempotency
        ? [{ partnerId: command.partner.id, key: command.idempotency.key }]
        : [],
    );
    return names.length > 0 ? keptAnswers(names) : NO_ANSWERS;
  }

  private namedReservations(): Query<Map<string, Reservation>> {
    const ids = this.all().flatMap((command) =>
      'reservationId' in command && command.kind !== 'reserve' ? [command.reservationId] : [],
    );
    return ids.length > 0 ? reservationsById(ids) : NO_RESERVATIONS;
  }

  private namedReleases(): Query<ReadonlyMap<string, ReleaseStatus>> {
    const ids = this.all().flatMap((command) => (command.kind === 'allot' ? (command.releaseId ?? []) : []));
    return ids.length > 0 ? releaseStatuses(ids) : NO_RELEASES;
  }

  private all(): Command[] {
    return [...this.commands.values()].flat();
  }
}

/**
 * A row that is free is had in less. Whoever waited longer stands behind other instances and takes along what came
 * meanwhile, or each would commit little and often. Alone, an instance is faster when it gathers the next batch while the
 * database works on this one.
 */
const CONTENDED_SECONDS = 0.002;

/** It is decided by what is read for every batch. */
const needsNothingRead = (command: Command): boolean =>
  command.kind === 'reserve' && !command.idempotency && !countsUnits(command.partner.limits);

async function readOverdue(
  tx: Tx,
  productId: number,
  wanted: OverdueWanted,
  now: Instant,
): Promise<Map<string, OverdueHolds>> {
  const overdue = new Map<string, OverdueHolds>();
  for (const [channelId, holdsMax] of wanted.holdsMax) {
    const [units, oldest] = await tx.read(...overdueHolds(productId, channelId, now, holdsMax));
    overdue.set(channelId, { units, oldest });
  }
  return overdue;
}

const NO_ANSWERS: Query<Map<string, KeptAnswer>> = { sql: NOT_ASKED, values: [], read: () => new Map() };
const NOTHING_TO_COUNT: Query<undefined> = { sql: NOT_ASKED, values: [], read: () => undefined };
const NOBODYS_UNITS: Situation['outstanding'] = new Map();
const NO_RELEASES: Query<ReadonlyMap<string, ReleaseStatus>> = { sql: NOT_ASKED, values: [], read: () => new Map() };
const NO_RESERVATIONS: Query<Map<string, Reservation>> = { sql: NOT_ASKED, values: [], read: () => new Map() };
