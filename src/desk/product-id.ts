import { PRODUCT_ID_MAX } from '../contract/product-id.js';
import { Injectable, type PipeTransform } from '@nestjs/common';

import { productNotFound } from './allotment.service.js';

/** Reads a product's id of the path: what is none names no product. @throws DomainError `product_not_found` */
@Injectable()
export class ProductIdPipe implements PipeTransform<string, number> {
  transform(text: string): number {
    if (!/^[1-9]\d{0,9}$/.test(text) || Number(text) > PRODUCT_ID_MAX) throw productNotFound();
    return Number(text);
  }
}
