import { Injectable, type PipeTransform } from '@nestjs/common';

import { keyNotFound } from './desk-values.js';

/** Of the column, an unsigned 32-bit number. */
const KEY_ID_MAX = 4_294_967_295;

/** Reads a key's id of the path: what is none names no key. @throws DomainError `key_not_found` */
@Injectable()
export class KeyIdPipe implements PipeTransform<string, number> {
  transform(text: string): number {
    if (!/^[1-9]\d{0,9}$/.test(text) || Number(text) > KEY_ID_MAX) throw keyNotFound();
    return Number(text);
  }
}
