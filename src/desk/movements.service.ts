import { addAbortSignal, Readable } from 'node:stream';

import { Inject, Injectable } from '@nestjs/common';

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
   * All lines as text, the columns' names first, read as fast as it is taken and no further once nobody takes it.
   *
   * @throws DomainError `invalid_filter`, before the first text
   */
  async *text(query: Omit<MovementsQuery, 'limit' | 'after'>): AsyncGenerator<string, undefined> {
    let names = CSV_HEADER;
    for await (const lines of this.ledger.all(query)) {
      const text = names + csvOf(lines);
      names = '';
      // Lines that were looked at may all be others: an empty text would end nothing, but wake the client for it.
      if (text !== '') yield text;
    }
  }

  /**
   * The same for a client. What goes wrong before the first lines is thrown; later, and when the process stops, the text
   * breaks off without its end, which HTTP tells the client.
   */
  async csv(query: Omit<MovementsQuery, 'limit' | 'after'>, requestId: string): Promise<Readable> {
    const texts = this.text(query);
    const first = await texts.next();
    const body = Readable.from(this.logged(first.value ?? '', texts, requestId));
    return addAbortSignal(this.requests.stopping, body);
  }

  private async *logged(first: string, rest: AsyncGenerator<string>, requestId: string): AsyncGenerator<string> {
    yield first;
    try {
      yield* rest;
    } catch (error) {
      this.log.error({ request_id: requestId, err: error }, 'the export of the ledger broke off');
      throw error;
    }
  }
}
