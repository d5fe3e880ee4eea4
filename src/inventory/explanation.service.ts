import { Injectable } from '@nestjs/common';

import type { Caller } from '../auth/caller.js';
import { Reader } from '../database/reader.js';
import type { PartnerTerms } from '../domain/command.js';
import { DomainError } from '../domain/errors.js';
import {
  type OperatorExplanation,
  operatorExplanation,
  type PartnerExplanation,
  partnerExplanation,
} from './explanation.dto.js';
import type { ExplanationQuery } from './explanation.query.js';
import { unitsForPartner, unitsOfProduct } from './explanation.store.js';

/** Why a product is sold out: to operators all of it, to a partner what is its own and its channel's sums. */
@Injectable()
export class ExplanationService {
  constructor(private readonly reader: Reader) {}

  /** @throws DomainError `product_not_found` */
  explain({ scopes, partner }: Caller, query: ExplanationQuery): Promise<OperatorExplanation | PartnerExplanation> {
    return scopes.has('admin') ? this.forOperator(query) : this.forPartner(partner, query);
  }

  /** Whoever asks has been let in as an operator. @throws DomainError `product_not_found` */
  async forOperator({ productId, holdsMax }: ExplanationQuery): Promise<OperatorExplanation> {
    const reading = productId === undefined ? undefined : await this.reader.run(unitsOfProduct(productId, holdsMax));
    if (productId === undefined || !reading) throw notFound(NO_PRODUCT);
    return operatorExplanation(productId, reading);
  }

  /** Of a product that isn't the partner's to sell nothing is said, not even that it exists. */
  private async forPartner(
    partner: PartnerTerms,
    { productId, holdsMax }: ExplanationQuery,
  ): Promise<PartnerExplanation> {
    const reading =
      productId === undefined ? undefined : await this.reader.run(unitsForPartner(productId, partner, holdsMax));
    const explanation =
      productId === undefined || !reading ? undefined : partnerExplanation(productId, partner.channelId, reading);
    if (!explanation) throw notFound(NOT_YOURS);
    return explanation;
  }
}

const notFound = (detail: string): DomainError => new DomainError({ code: 'product_not_found', detail });

const NO_PRODUCT = 'There is no such product. GET /api/admin/products lists all.';
const NOT_YOURS = 'You sell no such product. GET /api/ota/inventory lists those that you do.';
