import { Injectable } from '@nestjs/common';

import { pageOf, type PageQuery } from '../contract/page.js';
import { parameterFault } from '../contract/query-faults.js';
import { Reader } from '../database/reader.js';
import { type Instant, isoInstant } from '../domain/instant.js';
import { partnerOf, partnersOf } from '../partner/partner.store.js';
import { cohort } from '../reservation/conversion.query.js';
import { conversionOf, type ConversionResponse } from './conversion.dto.js';

/** Which holds are asked about: those that were made in the period, `to` not included. */
export interface ConversionQuery extends PageQuery {
  readonly from: Instant;
  readonly to: Instant;
  readonly partnerId: string | undefined;
  readonly productId: number | undefined;
}

/** What becomes of partners' holds. */
@Injectable()
export class ConversionService {
  constructor(private readonly reader: Reader) {}

  /** A page of partners, or the one that is asked about. @throws DomainError `invalid_filter` */
  async get(query: ConversionQuery): Promise<ConversionResponse> {
    const { from, to, productId } = query;
    const { entries: partnerIds, next_cursor } = await this.partnerIds(query);
    const found = await this.reader.run(
      // No partner has an empty id: without one the time is asked for all the same.
      cohort({ partnerIds: partnerIds.length > 0 ? partnerIds : [''], productId, from, to }),
    );
    return { from: isoInstant(from), to: isoInstant(to), ...conversionOf(partnerIds, found), next_cursor };
  }

  private async partnerIds({ partnerId, limit, after }: ConversionQuery) {
    if (partnerId === undefined) {
      const partners = await this.reader.run(partnersOf({ limit, after }));
      return pageOf(
        partners.map(({ id }) => id),
        limit,
        (id) => id,
      );
    }
    if (await this.reader.run(partnerOf(partnerId))) return { entries: [partnerId], next_cursor: null };
    throw parameterFault('invalid_filter', 'partner_id', 'names no partner; GET /api/admin/partners lists all');
  }
}
