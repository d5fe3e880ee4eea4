import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { type Ask, NOT_ASKED, type Query, type Statement } from '../database/transaction.js';
import type { PricingSnapshot } from '../domain/pricing.js';
import { type ProductPrices, productPrices, type SpecialDates, specialDates } from './price.store.js';

/** A product as it may be sold today, special dates and all. */
export interface PricedProduct {
  /** False once the product is retired. */
  readonly sellable: boolean;
  readonly pricing: PricingSnapshot;
}

/** The price list at a moment, or what was asked of it. */
export interface PriceList {
  /** By product; those that don't exist are absent. */
  readonly products: ReadonlyMap<number, PricedProduct>;
  readonly specialDates: SpecialDates;
}

/** What is asked, and what the answers mean. */
export interface PriceReading {
  /** In this order: prices that are read are then of that version or of a later one, never of one before. */
  readonly queries: readonly [Query<string>, Query<ProductPrices[]>, Query<SpecialDates>];
  /** @returns `undefined` when what had been kept no longer holds: read afresh */
  result(version: string, products: readonly ProductPrices[], specialDates: SpecialDates): PriceList | undefined;
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
const PRODUCTS_MAX = 10_000;
/** More at once are not kept: a list of everything would push out what is asked for all the time. */
const KEPT_AT_ONCE_MAX = PRODUCTS_MAX / 2;
/** For changes that no trigger sees (TRUNCATE). */
const KEPT_MAX_MS = 60_000;

/**
 * Prices as this process last read them. They are used while the list's version is still theirs: nobody is told a price that was
 * changed before he asked. Read with the product's row locked, nor is a reservation made at one (ADR 11).
 */
@Injectable()
export class PriceBook {
  private edition: Edition | undefined;

  /** @param afresh nothing that was kept is used */
  open(productIds: readonly number[], afresh = false): PriceReading {
    const edition = afresh ? undefined : this.latest();
    const found = new Map<number, PricedProduct>();
    for (const id of productIds) {
      const product = edition?.products.get(id);
      if (product) found.set(id, product);
    }
    const wanted = productIds.filter((id) => !found.has(id));
    return {
      queries: [
        priceListVersion(),
        wanted.length > 0 ? productPrices(wanted) : NO_PRODUCTS,
        edition ? NO_SPECIAL_DATES : specialDates(),
      ],
      result: (version, products, dates) => {
        if (edition && edition.version !== version) return undefined;
        const { specialDates, products: kept } = edition ?? this.begin(version, dates);
        for (const { productId, sellable, prices } of products) {
          const product = { sellable, pricing: { ...prices, specialDatesMilli: specialDates.coming } };
          found.set(productId, product);
          if (products.length <= KEPT_AT_ONCE_MAX) kept.set(productId, product);
        }
        return { products: found, specialDates };
      },
    };
  }

  /** @param afresh nothing that was kept is used */
  async read(productIds: readonly number[], ask: Ask, afresh = false): Promise<PriceList> {
    const reading = this.open(productIds, afresh);
    const list = reading.result(...(await ask(...reading.queries)));
    if (list) return list;
    if (afresh) throw new Error('prices that were just read are said not to hold');
    return this.read(productIds, ask, true);
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
const NO_SPECIAL_DATES: Query<SpecialDates> = { sql: NOT_ASKED, values: [], read: () => ({ onFile: {}, coming: {} }) };
