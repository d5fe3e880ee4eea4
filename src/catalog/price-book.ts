import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { NOT_ASKED, type Query, type Statement } from '../database/transaction.js';
import type { PricingSnapshot } from '../domain/pricing.js';
import { comingSpecialDates, type ProductPrices, productPrices } from './price.store.js';

/** A product as it may be sold today, special dates and all. */
export interface PricedProduct {
  /** False once the product is retired. */
  readonly sellable: boolean;
  readonly pricing: PricingSnapshot;
}

/** By product; those that don't exist are absent. */
export type Prices = ReadonlyMap<number, PricedProduct>;

type SpecialDates = Readonly<Record<string, number>>;

/** What a batch asks once it has its rows, and what the answers mean. */
export interface PriceReading {
  /** In this order: prices that are read are then of that version or of a later one, never of one before. */
  readonly queries: readonly [Query<string>, Query<ProductPrices[]>, Query<SpecialDates>];
  /** @returns `undefined` when what had been kept no longer holds: read afresh */
  result(version: string, products: readonly ProductPrices[], specialDates: SpecialDates): Prices | undefined;
}

/** A product as it was last read. */
export interface KeptProduct extends PricedProduct {
  /** The condition under which it still is so. */
  readonly holds: Statement;
}

/** The price list at one version, as far as it was read. */
interface Edition {
  readonly version: string;
  readonly readAt: number;
  readonly specialDates: SpecialDates;
  readonly products: LRUCache<number, PricedProduct>;
}

/** A few MB. */
const PRODUCTS_MAX = 5_000;
/** For changes that no trigger sees (TRUNCATE). */
const KEPT_MAX_MS = 60_000;

/**
 * Prices as this process last read them. They are used while the list's version, read with the product's row locked, is
 * still theirs: no reservation is made at a price that was changed before it (ADR 11).
 */
@Injectable()
export class PriceBook {
  private edition: Edition | undefined;

  /** @param afresh nothing that was kept is used */
  open(productIds: readonly number[], afresh = false): PriceReading {
    const edition = afresh ? undefined : this.latest();
    const prices = new Map<number, PricedProduct>();
    for (const id of productIds) {
      const product = edition?.products.get(id);
      if (product) prices.set(id, product);
    }
    const wanted = productIds.filter((id) => !prices.has(id));
    return {
      queries: [
        priceListVersion(),
        wanted.length > 0 ? productPrices(wanted) : NO_PRODUCTS,
        edition ? NO_SPECIAL_DATES : comingSpecialDates(),
      ],
      result: (version, products, specialDates) => {
        if (edition && edition.version !== version) return undefined;
        const { specialDates: specialDatesMilli, products: kept } = edition ?? this.begin(version, specialDates);
        for (const { productId, sellable, prices: own } of products) {
          const product = { sellable, pricing: { ...own, specialDatesMilli } };
          kept.set(productId, product);
          prices.set(productId, product);
        }
        return prices;
      },
    };
  }

  /** @returns `undefined` when it has to be read */
  kept(productId: number): KeptProduct | undefined {
    const edition = this.latest();
    const product = edition?.products.get(productId);
    return (
      edition && product && { ...product, holds: { sql: `(${PRICE_LIST_VERSION}) = ?`, values: [edition.version] } }
    );
  }

  private latest(): Edition | undefined {
    const { edition } = this;
    return edition && performance.now() - edition.readAt < KEPT_MAX_MS ? edition : undefined;
  }

  private begin(version: string, specialDates: SpecialDates): Edition {
    const products = new LRUCache<number, PricedProduct>({ max: PRODUCTS_MAX });
    this.edition = { version, readAt: performance.now(), specialDates, products };
    return this.edition;
  }
}

/** With the day: special dates that are over are left out. */
const PRICE_LIST_VERSION = `SELECT CONCAT(version, ' ', CURDATE()) AS version FROM price_list_version`;

const priceListVersion = (): Query<string> => ({
  sql: PRICE_LIST_VERSION,
  values: [],
  read: ([row]) => `${row?.['version']}`,
});

const NO_PRODUCTS: Query<ProductPrices[]> = { sql: NOT_ASKED, values: [], read: () => [] };
const NO_SPECIAL_DATES: Query<SpecialDates> = { sql: NOT_ASKED, values: [], read: () => ({}) };
