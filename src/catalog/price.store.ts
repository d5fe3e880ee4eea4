import type { RowDataPacket } from 'mysql2';

import type { Query } from '../database/transaction.js';
import { minorUnits, type PricingSnapshot } from '../domain/pricing.js';

/** A product as it may be sold today. Special dates hold for all products, so they are read apart. */
export interface ProductPrices {
  readonly productId: number;
  /** False once the product is retired. */
  readonly sellable: boolean;
  readonly prices: Omit<PricingSnapshot, 'specialDatesMilli'>;
}

/** Prices of those of the products that exist. */
export const productPrices = (productIds: readonly number[]): Query<ProductPrices[]> => ({
  sql: `SELECT p.id, p.status, p.currency, p.time_zone, p.cutoff_hours, p.weekday_price, p.weekend_price,
      (SELECT JSON_OBJECTAGG(d.customer_type, d.amount) FROM customer_discounts d WHERE d.product_id = p.id) AS discounts
    FROM products p WHERE p.id IN (?)`,
  values: [productIds],
  read: (rows) => rows.map(readPrices),
});

/** Multipliers in thousandths by date, oldest first. */
export interface SpecialDates {
  readonly onFile: Readonly<Record<string, number>>;
  /** Those that a visit may still fall on: a day is over last in the zone that is furthest behind UTC. */
  readonly coming: Readonly<Record<string, number>>;
}

export const specialDates = (): Query<SpecialDates> => ({
  sql: `SELECT DATE_FORMAT(visit_date, '%Y-%m-%d') AS day, multiplier, visit_date >= CURDATE() - INTERVAL 1 DAY AS coming
    FROM special_dates ORDER BY visit_date`,
  values: [],
  read: (rows) => ({
    onFile: readMultipliers(rows),
    coming: readMultipliers(rows.filter((row) => row['coming'] === 1)),
  }),
});

function readPrices(row: RowDataPacket): ProductPrices {
  const discounts = (row['discounts'] ?? {}) as Record<string, number>;
  return {
    productId: row['id'] as number,
    sellable: row['status'] === 'active',
    prices: {
      currency: row['currency'] as string,
      timeZone: row['time_zone'] as string,
      cutoffHours: row['cutoff_hours'] as number,
      weekdayMinor: minorUnits(row['weekday_price'] as string),
      weekendMinor: minorUnits(row['weekend_price'] as string),
      discountsMinor: Object.fromEntries(Object.entries(discounts).map(([type, amount]) => [type, minorUnits(amount)])),
    },
  };
}

const readMultipliers = (rows: readonly RowDataPacket[]): Record<string, number> =>
  Object.fromEntries(rows.map((row) => [row['day'] as string, Math.round(Number(row['multiplier']) * 1000)]));
