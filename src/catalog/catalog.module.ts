import { Module } from '@nestjs/common';

import { PriceBook } from './price-book.js';
import { PriceLists } from './price-lists.js';

@Module({ providers: [PriceBook, PriceLists], exports: [PriceBook, PriceLists] })
export class CatalogModule {}
