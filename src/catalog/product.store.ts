import type { RowDataPacket } from 'mysql2';

import type { PageQuery } from '../contract/page.js';
import type { Query, Tx } from '../database/transaction.js';
import type { Instant } from '../domain/instant.js';
import { majorUnits, type Minor, minorUnits } from '../domain/pricing.js';

export const PRODUCT_STATUSES = ['active', 'retired'] as const;
export type ProductStatus = (typeof PRODUCT_STATUSES)[number];

/** A product as the desk sees it, without its units. */
export interface ProductRecord {
  readonly id: number;
  readonly name: string;
  readonly status: ProductStatus;
  readonly currency: string;
  readonly timeZone: string;
  readonly cutoffHours: number;
  readonly weekdayMinor: Minor;
  readonly weekendMinor: Minor;
  /** Taken off the unit price, by customer type. */
  readonly discountsMinor: Readonly<Record<string, Minor>>;
  readonly createdAt: Instant;
}

const PRODUCTS = `SELECT p.id, p.name, p.status, p.currency, p.time_zone, p.cutoff_hours, p.weekday_price, p.weekend_price,
    p.created_at,
    (SELECT JSON_OBJECTAGG(d.customer_type, d.amount) FROM customer_discounts d WHERE d.product_id = p.id) AS discounts
  FROM products p`;

/** Which products are asked for. */
export interface ProductFilter extends PageQuery {
  readonly status?: ProductStatus | undefined;
}

/** A page of products by id, and one more when there is another page. */
export const productsOf = ({ status, limit, after }: ProductFilter): Query<ProductRecord[]> => ({
  sql: `${PRODUCTS} WHERE p.id > ?${status === undefined ? '' : ' AND p.status = ?'} ORDER BY p.id LIMIT ?`,
  values: [Number(after ?? 0), ...(status === undefined ? [] : [status]), limit + 1],
  read: (rows) => rows.map(readProduct),
});

export const productOf = (id: number): Query<ProductRecord | undefined> => ({
  sql: `${PRODUCTS} WHERE p.id = ?`,
  values: [id],
  read: ([row]) => row && readProduct(row),
});

/** The product, locked until the transaction ends. Lock its inventory row first: holds lock the two in this order. */
export const lockProduct = (id: number): Query<ProductRecord | undefined> => ({
  sql: `${PRODUCTS} WHERE p.id = ? FOR UPDATE OF p`,
  values: [id],
  read: ([row]) => row && readProduct(row),
});

/** The id after the largest; two that take the same one meet at the primary key, and one of them starts anew. */
export const nextProductId = (): Query<number> => ({
  sql: 'SELECT COALESCE(MAX(id), 0) + 1 AS id FROM products',
  values: [],
  read: ([row]) => row?.['id'] as number,
});

export function insertProduct(tx: Tx, product: ProductRecord): void {
  tx.write(
    `INSERT INTO products (id, name, status, currency, time_zone, cutoff_hours, weekday_price, weekend_price, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      product.id,
      product.name,
      product.status,
      product.currency,
      product.timeZone,
      product.cutoffHours,
      majorUnits(product.weekdayMinor),
      majorUnits(product.weekendMinor),
      new Date(product.createdAt),
    ],
  );
  setDiscounts(tx, product.id, Object.entries(product.discountsMinor));
}

/** Writes what may change of a product; discounts apart ({@link setDiscounts}). */
export function updateProduct(tx: Tx, product: ProductRecord): void {
  tx.write(
    `UPDATE products SET name = ?, status = ?, cutoff_hours = ?, weekday_price = ?, weekend_price = ? WHERE id = ?`,
    [
      product.name,
      product.status,
      product.cutoffHours,
      majorUnits(product.weekdayMinor),
      majorUnits(product.weekendMinor),
      product.id,
    ],
  );
}

/** @param discounts by customer type; `undefined` takes one away */
export function setDiscounts(
  tx: Tx,
  productId: number,
  discounts: readonly (readonly [customerType: string, amount: Minor | undefined])[],
): void {
  const set = discounts.flatMap(([type, amount]) =>
    amount === undefined ? [] : [[productId, type, majorUnits(amount)]],
  );
  const gone = discounts.flatMap(([type, amount]) => (amount === undefined ? [type] : []));
  if (set.length > 0) {
    tx.write(
      'INSERT INTO customer_discounts (product_id, customer_type, amount) VALUES ? AS new ON DUPLICATE KEY UPDATE amount = new.amount',
      [set],
    );
  }
  if (gone.length > 0) {
    tx.write('DELETE FROM customer_discounts WHERE product_id = ? AND customer_type IN (?)', [productId, gone]);
  }
}

const readProduct = (row: RowDataPacket): ProductRecord => ({
  id: row['id'] as number,
  name: row['name'] as string,
  status: row['status'] as ProductStatus,
  currency: row['currency'] as string,
  timeZone: row['time_zone'] as string,
  cutoffHours: row['cutoff_hours'] as number,
  weekdayMinor: minorUnits(row['weekday_price'] as string),
  weekendMinor: minorUnits(row['weekend_price'] as string),
  discountsMinor: Object.fromEntries(
    Object.entries((row['discounts'] ?? {}) as Record<string, number>).map(([type, amount]) => [
      type,
      minorUnits(amount),
    ]),
  ),
  createdAt: (row['created_at'] as Date).getTime(),
});
