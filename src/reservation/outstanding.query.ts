import type { RowDataPacket } from 'mysql2';

import type { Query } from '../database/transaction.js';
import type { Command } from '../domain/command.js';
import type { OutstandingUnits } from '../domain/outstanding.js';
import { countsUnits } from '../domain/hold-limits.js';
import type { Instant } from '../domain/instant.js';

/** What the limits of some partners hang on, as they reserve some products. */
interface Wanted {
  readonly productIds: readonly number[];
  /** Whose units of these products are to be counted; sold ones too, when a quota asks for them. */
  readonly ofProducts: readonly string[];
  readonly withSold: boolean;
  /** Whose units of all products are. */
  readonly inAll: readonly string[];
}

/** Units of partners, and the moment as of which they were counted. */
export class Outstanding {
  private readonly heldInAll = new Map<string, number>();
  private readonly ofProducts = new Map<string, { readonly held: number; readonly sold: number }>();

  /** @param now by which the batch is to decide: what is overdue in the count is overdue for it, and nothing else is */
  constructor(
    readonly now: Instant,
    rows: readonly Row[],
  ) {
    for (const { product_id: productId, partner_id: partnerId, held, sold } of rows) {
      if (partnerId === null) continue;
      if (productId === null) this.heldInAll.set(partnerId, held);
      else this.ofProducts.set(place(productId, partnerId), { held, sold });
    }
  }

  /** Of those whose limits bear on these commands. */
  of(productId: number, commands: readonly Command[]): Map<string, OutstandingUnits> {
    return new Map(
      limitedPartners(commands).map(({ id }) => [
        id,
        {
          ...(this.ofProducts.get(place(productId, id)) ?? { held: 0, sold: 0 }),
          heldInAll: this.heldInAll.get(id) ?? 0,
        },
      ]),
    );
  }

  /** What a product's commands made of them counts for the products after it. */
  follow(outstanding: ReadonlyMap<string, OutstandingUnits>): void {
    for (const [partnerId, { heldInAll }] of outstanding) this.heldInAll.set(partnerId, heldInAll);
  }
}

/** Counts what the limits of those who reserve hang on; `undefined` when there is nothing to count. */
export function outstandingFor(commands: ReadonlyMap<number, readonly Command[]>): Query<Outstanding> | undefined {
  const products = [...commands].flatMap(([productId, of]) => {
    const partners = limitedPartners(of);
    return partners.length > 0 ? [{ productId, partners }] : [];
  });
  if (products.length === 0) return undefined;
  const partners = products.flatMap((product) => product.partners);
  const ids = (those: typeof partners): string[] => [...new Set(those.map(({ id }) => id))];
  const ofProduct = partners.filter(
    ({ limits }) => limits.heldPerProductMax !== undefined || limits.productQuota !== undefined,
  );
  return outstandingUnits({
    productIds: products.map(({ productId }) => productId),
    ofProducts: ids(ofProduct),
    withSold: ofProduct.some(({ limits }) => limits.productQuota !== undefined),
    inAll: ids(partners.filter(({ limits }) => limits.heldMax !== undefined)),
  });
}

const limitedPartners = (commands: readonly Command[]) =>
  commands.flatMap((command) =>
    command.kind === 'reserve' && countsUnits(command.partner.limits) ? [command.partner] : [],
  );

/**
 * Sums of the partners' units, from indexes alone. The moment of the count comes back with it: NOW() is when this statement
 * began, and it stands behind the one that locked the rows, so it is a time under the lock. Being one and the same for all
 * of the statement, unlike SYSDATE(), it lets the index leave out what is overdue.
 *
 * Holds of a product change under its row's lock only, so what is counted of it stays true until COMMIT.
 */
function outstandingUnits({ productIds, ofProducts, withSold, inAll }: Wanted): Query<Outstanding> {
  const counts: string[] = [];
  const values: unknown[] = [];
  if (ofProducts.length > 0) {
    counts.push(withSold ? HELD_AND_SOLD : HELD);
    values.push(productIds, ofProducts);
  }
  if (inAll.length > 0) {
    counts.push(HELD_IN_ALL);
    values.push(inAll);
  }
  return {
    sql: `SELECT NOW(6) AS now, counted.* FROM (SELECT 1) AS once LEFT JOIN (${counts.join(' UNION ALL ')}) AS counted ON TRUE`,
    values,
    read: (rows) => {
      const [first] = rows;
      if (!first) throw new Error('the moment of the count is missing');
      return new Outstanding((first['now'] as Date).getTime(), rows as readonly Row[]);
    },
  };
}

type Row = RowDataPacket & {
  /** `null` in a sum of all products. */
  readonly product_id: number | null;
  /** `null` when there was nothing to add up. */
  readonly partner_id: string | null;
  readonly held: number;
  readonly sold: number;
};

const IS_HELD = "status = 'active' AND expires_at > NOW(6)";

/**
 * Of products: by way of all holds and sales of them, which their caps bound, or of all that the partners have, of whatever
 * product. MySQL looks which are fewer.
 */
const ofProductsWhere = (condition: string): string =>
  `SELECT product_id, partner_id, CAST(SUM(IF(status = 'active', quantity, 0)) AS SIGNED) AS held,
      CAST(SUM(IF(status = 'activated', quantity, 0)) AS SIGNED) AS sold
    FROM channel_reservations FORCE INDEX (idx_reservations_overdue, idx_reservations_partner_status)
    WHERE product_id IN (?) AND partner_id IN (?) AND (${condition}) GROUP BY product_id, partner_id`;

const HELD = ofProductsWhere(IS_HELD);
const HELD_AND_SOLD = ofProductsWhere(`${IS_HELD} OR status = 'activated'`);

const HELD_IN_ALL = `SELECT NULL AS product_id, partner_id, CAST(SUM(quantity) AS SIGNED) AS held, 0 AS sold
    FROM channel_reservations FORCE INDEX (idx_reservations_partner_status)
    WHERE partner_id IN (?) AND ${IS_HELD} GROUP BY partner_id`;

const place = (productId: number, partnerId: string): string => `${productId} ${partnerId}`;
