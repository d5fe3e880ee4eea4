import { Injectable } from '@nestjs/common';

import { pageOf } from '../contract/page.js';
import { Reader } from '../database/reader.js';
import { deskLineResponse, type DeskLogPage } from './desk-log.dto.js';
import { type DeskLogFilter, deskLogOf } from './desk-log.store.js';

/** Who changed what, and why. Changes of units are in the ledger. */
@Injectable()
export class DeskLogService {
  constructor(private readonly reader: Reader) {}

  /** A page, newest first. */
  async list(query: DeskLogFilter): Promise<DeskLogPage> {
    const { entries, next_cursor } = pageOf(await this.reader.run(deskLogOf(query)), query.limit, ({ id }) => id);
    return { lines: entries.map(deskLineResponse), next_cursor };
  }
}
