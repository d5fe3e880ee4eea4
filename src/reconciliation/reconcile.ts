import { SoloConnection } from '../database/solo-connection.js';
import { isServerAway, NO_SUCH_TABLE } from '../database/mysql-errors.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { channelsOf, type Difference, differencesOf, type ProductCount } from '../domain/drift.js';
import { DomainError } from '../domain/errors.js';
import type { Attribution } from '../domain/movement.js';
import type { RepairDecision } from '../domain/repair.js';
import { productsAfter } from '../inventory/counters.query.js';
import { ProductRepair } from './product-repair.js';
import { countInSnapshot } from './product-count.js';

/** What kept a run from telling anything, in words for whoever runs it. */
export class ReconcileError extends Error {
  override readonly name: string = 'ReconcileError';
}

/** One was asked for that isn't there. */
export class NoSuchProduct extends ReconcileError {
  override readonly name = 'NoSuchProduct';
}

/** Another process is at it. */
export class AnotherRun extends ReconcileError {
  override readonly name = 'AnotherRun';
}

/** What became of a product that was off. A failed repair changed nothing. */
export type Repaired = { readonly productId: number } & (
  RepairDecision | { readonly kind: 'failed'; readonly error: unknown }
);

/** What a run found, and what it did about it. */
export interface Report {
  readonly startedAt: Date;
  readonly seconds: number;
  readonly products: number;
  readonly channels: number;
  readonly differences: readonly Difference[];
  /** Of a run that repairs, one for each product that was off. */
  readonly repairs: readonly Repaired[];
}

export interface RunOptions {
  readonly databaseUrl: string;
  /** Absent: all products. */
  readonly productIds?: readonly number[];
  /** What repairs are written by; absent: nothing is changed. */
  readonly repairBy?: UnitOfWork;
  /** Who has it repaired, for the ledger. */
  readonly by?: Attribution | undefined;
  /** Asked before each product, so that a run can be stopped. */
  readonly goesOn?: () => boolean;
}

/** Differences that the run has not mended, nor found mended. */
export function stillOff({ differences, repairs }: Report): Difference[] {
  const settled = new Set(
    repairs.filter(({ kind }) => kind === 'repaired' || kind === 'sound').map(({ productId }) => productId),
  );
  return differences.filter(({ productId }) => !settled.has(productId));
}

const PRODUCTS_AT_ONCE = 500;
/** On the server, of one statement: shorter than its answer is waited for, so that none goes on for nobody. */
const STATEMENT_MAX_MS = 100_000;

/**
 * Holds the counters against the reservations and the ledger, product by product, while sales go on: nothing is locked but
 * the row of a product that is repaired. It may be killed at any moment; a repair is one transaction.
 *
 * @throws AnotherRun, ReconcileError when it can't be told whether all is well
 */
export async function reconcile(options: RunOptions): Promise<Report> {
  const started = performance.now();
  const startedAt = new Date();
  const differences: Difference[] = [];
  const repairs: Repaired[] = [];
  let products = 0;
  let channels = 0;
  const connection = await open(options.databaseUrl);
  try {
    // One snapshot for the statements of a transaction; those outside see what is committed, as ever.
    await connection.run(
      `SET SESSION transaction_isolation = 'REPEATABLE-READ', max_execution_time = ${STATEMENT_MAX_MS}`,
    );
    for await (const productId of chosen(connection, options)) {
      if (options.goesOn?.() === false) throw new ReconcileError('The run was stopped before its end.');
      const count = await countInSnapshot(connection, productId);
      if (options.productIds && !count.counters && count.rows.size === 0) {
        throw new NoSuchProduct(`There is no product ${productId} with an inventory.`);
      }
      products += 1;
      channels += channelsOf(count).length;
      const found = differencesOf(count);
      differences.push(...found);
      if (found.length > 0 && options.repairBy) repairs.push(await repair(options.repairBy, count, options.by));
    }
  } catch (error) {
    throw explained(error);
  } finally {
    await connection.close();
  }
  return { startedAt, seconds: (performance.now() - started) / 1000, products, channels, differences, repairs };
}

async function open(databaseUrl: string): Promise<SoloConnection> {
  const connection = await SoloConnection.open(databaseUrl, 'reconcile').catch((error: unknown) => {
    throw explained(error);
  });
  if (connection) return connection;
  throw new AnotherRun('Another run is at work on this database. Let it finish, or stop it.');
}

async function* chosen(connection: SoloConnection, { productIds }: RunOptions): AsyncGenerator<number> {
  if (productIds) yield* productIds;
  for (let after = 0, more = productIds === undefined; more;) {
    const ids = await connection.read(productsAfter(after, PRODUCTS_AT_ONCE));
    yield* ids;
    after = ids.at(-1) ?? after;
    more = ids.length === PRODUCTS_AT_ONCE;
  }
}

/** A product whose repair fails spoils no other's. */
async function repair(unitOfWork: UnitOfWork, count: ProductCount, by: Attribution | undefined): Promise<Repaired> {
  const { productId } = count;
  try {
    return { productId, ...(await unitOfWork.run(new ProductRepair(count, by))) };
  } catch (error) {
    return { productId, kind: 'failed', error };
  }
}

function explained(error: unknown): unknown {
  if (error instanceof ReconcileError) return error;
  const { errno, message } = error as { errno?: number; message?: string };
  if (errno === NO_SUCH_TABLE) {
    return new ReconcileError('This database has not been migrated: there is nothing to count.', { cause: error });
  }
  if (error instanceof DomainError || isServerAway(error)) {
    return new ReconcileError(`The database went away, or took too long (${message ?? ''}). Run it again.`, {
      cause: error,
    });
  }
  return error;
}
