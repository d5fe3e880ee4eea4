import { Injectable } from '@nestjs/common';

import { Reader } from '../database/reader.js';
import { sharedReads } from '../database/shared-reads.js';
import { PriceBook, type PriceList } from './price-book.js';

/** The price list for those who only look at it, as it stands when they ask. */
@Injectable()
export class PriceLists {
  /** @returns with these products in it, and perhaps others */
  readonly of: (productIds: readonly number[]) => Promise<PriceList> = sharedReads(
    (asked: readonly (readonly number[])[]) => this.book.read([...new Set(asked.flat())], this.reader.inTurn),
  );

  constructor(
    private readonly book: PriceBook,
    private readonly reader: Reader,
  ) {}
}
