import { addAbortSignal, Readable } from 'node:stream';

import { Inject, Injectable } from '@nestjs/common';

import type { LedgerLine } from '../events/movement.query.js';
import { LOG, type Log } from '../observability/log.js';
import { RequestTracker } from '../observability/request-tracker.js';
import { LedgerReader } from './ledger.reader.js';
import { CSV_HEADER, csvOf, type MovementList, movementResponse } from './movements.dto.js';
import { encodeCursor, type MovementsQuery } from './movements.query.js';

/** The ledger for people: pages, and files of any size. */
@Injectable()
export class MovementsService {
  constructor(
    private readonly ledger: LedgerReader,
    private readonly requests: RequestTracker,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async list(query: MovementsQuery): Promise<MovementList> {
    const { lines, next } = await this.ledger.page(query);
    return { movements: lines.map(movementResponse), next_cursor: next ? encodeCursor(next) : null };
  }

  /**
   * The lines as text, read as fast as the client takes them and no further once it is gone. What goes wrong before the first
   * lines is thrown; later, and when the process stops, the text breaks off without its end, which HTTP tells the client.
   */
  async csv(query: Omit<MovementsQuery, 'limit' | 'after'>, requestId: string): Promise<Readable> {
    const pages = this.ledger.all(query);
    const first = await pages.next();
    const text = Readable.from(this.text(first.done ? [] : first.value, pages, requestId));
    return addAbortSignal(this.requests.stopping, text);
  }

  private async *text(
    first: readonly LedgerLine[],
    rest: AsyncGenerator<readonly LedgerLine[]>,
    requestId: string,
  ): AsyncGenerator<string> {
    yield CSV_HEADER + csvOf(first);
    try {
      // Lines that were looked at may all be others: an empty text would end nothing, but wake the client for it.
      for await (const lines of rest) if (lines.length > 0) yield csvOf(lines);
    } catch (error) {
      this.log.error({ request_id: requestId, err: error }, 'the export of the ledger broke off');
      throw error;
    }
  }
}
