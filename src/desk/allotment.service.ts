import { Injectable } from '@nestjs/common';

import { memberFault, parseText, REASON_MAX } from '../contract/body-faults.js';
import { escaped } from '../contract/json-pointer.js';
import { Reader } from '../database/reader.js';
import { UNITS_MAX } from '../domain/allot.js';
import { type AllotChange, type Allotment, versionOf } from '../domain/allotment.js';
import { DomainError } from '../domain/errors.js';
import type { AllotmentChangeResponse } from '../inventory/allotment.dto.js';
import { allotmentOf } from '../inventory/allotment.query.js';
import { knownChannels } from '../partner/channel.store.js';
import { fingerprint } from '../reservation/idempotency-key.js';
import { type Answer, bodyOf, statusOf } from '../reservation/reservation.answers.js';
import { ReservationLanes } from '../reservation/reservation.lanes.js';
import type { AllocateRequest, CapRequest, TransferRequest } from './allotment.dto.js';
import { sayWhereToLook } from './in-doubt.js';
import type { Operator } from './operator.js';

/** How a change is meant. */
export interface ChangeTerms {
  /** The version that the operator saw; any, when absent. */
  readonly version?: string | undefined;
  readonly dryRun?: boolean;
  readonly idempotencyKey?: string | undefined;
}

/** Whoever gets what nobody else was given, unless told otherwise. */
const OWN_CHANNEL = 'direct';

/** How a product's cap is split: reads it, and changes it in the product's own queue, where holds are made too. */
@Injectable()
export class AllotmentService {
  constructor(
    private readonly reader: Reader,
    private readonly lanes: ReservationLanes,
  ) {}

  /** @throws DomainError `product_not_found` */
  async get(productId: number): Promise<Allotment> {
    const allotment = await this.reader.run(allotmentOf(productId));
    if (!allotment) throw productNotFound();
    return allotment;
  }

  /** Raises or lowers the cap; one channel gets or gives the difference. */
  setCap(operator: Operator, productId: number, request: CapRequest, terms: ChangeTerms): Promise<AllotmentAnswer> {
    const { sellable_cap: sellableCap, channel_id: channelId = OWN_CHANNEL } = request;
    parseUnits(sellableCap, '/sellable_cap', 0);
    const channels = { [channelId]: '/channel_id' };
    return this.change(operator, productId, { kind: 'cap', sellableCap, channelId }, { ...terms, request, channels });
  }

  /** Says what channels have from now on; the cap becomes the sum. */
  allocate(
    operator: Operator,
    productId: number,
    request: AllocateRequest,
    terms: ChangeTerms,
  ): Promise<AllotmentAnswer> {
    const entries = Object.entries(request.allocated);
    if (entries.length === 0) throw memberFault('invalid_allotment', '/allocated', 'must name a channel at least');
    const at = (id: string): string => `/allocated/${escaped(id)}`;
    const allocated = new Map(entries.map(([id, units]) => [id, parseUnits(units, at(id), 0)]));
    const channels = Object.fromEntries(entries.map(([id]) => [id, at(id)]));
    return this.change(operator, productId, { kind: 'allocate', allocated }, { ...terms, request, channels });
  }

  /** Takes units from one channel and gives them to another, at once. */
  transfer(
    operator: Operator,
    productId: number,
    request: TransferRequest,
    terms: ChangeTerms,
  ): Promise<AllotmentAnswer> {
    const { from, to, units } = request;
    parseUnits(units, '/units', 1);
    if (from === to) throw memberFault('invalid_allotment', '/to', 'must be another channel than from');
    const channels = { [from]: '/from', [to]: '/to' };
    return this.change(operator, productId, { kind: 'transfer', from, to, units }, { ...terms, request, channels });
  }

  private async change(
    { actor, partnerId }: Operator,
    productId: number,
    change: AllotChange,
    { version, dryRun = false, idempotencyKey, request, channels }: ChangeTerms & Sent,
  ): Promise<AllotmentAnswer> {
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    await this.refuseUnknown(channels);
    const decided = this.lanes.submit(productId, {
      owner: actor,
      // An operator isn't turned away because partners are many, and may move many holds.
      always: true,
      long: true,
      command: {
        kind: 'allot',
        change,
        expected: version,
        dryRun,
        by: { actor, reason },
        partner: { id: partnerId ?? actor },
        idempotency:
          idempotencyKey === undefined || dryRun
            ? undefined
            : { key: idempotencyKey, fingerprint: fingerprint(`${change.kind} ${productId}`, request) },
      },
    });
    const outcome = await decided.catch(sayWhereToLook(whereToLook(productId, idempotencyKey)));
    switch (outcome.kind) {
      case 'refused':
        throw new DomainError(outcome.refusal);
      case 'replayed': {
        const body = JSON.parse(outcome.answer.body) as AllotmentChangeResponse;
        return { status: outcome.answer.status, body, replayed: true, version: body.allotment.version };
      }
      case 'allotted': {
        const body = bodyOf(outcome) as AllotmentChangeResponse;
        return {
          status: statusOf(outcome),
          body,
          replayed: outcome.again,
          version: versionOf(dryRun ? outcome.before : outcome.after),
        };
      }
      case 'reserved':
      case 'activated':
      case 'extended':
      case 'cancelled':
      case 'expired':
        throw new Error(`a change of an allotment was answered with what was ${outcome.kind}`);
    }
  }

  private async refuseUnknown(channels: Readonly<Record<string, string>>): Promise<void> {
    const known = await this.reader.run(knownChannels(Object.keys(channels)));
    for (const [id, pointer] of Object.entries(channels)) {
      if (!known.has(id)) {
        throw memberFault('invalid_allotment', pointer, 'must be a channel; GET /api/admin/channels lists them');
      }
    }
  }
}

export interface AllotmentAnswer extends Answer<AllotmentChangeResponse> {
  /** Of the allotment as the change left it; as it is, when nothing was changed. */
  readonly version: string;
}

/** What was sent, for refusals and for the fingerprint; channels with where they stand in it. */
interface Sent {
  readonly request: { readonly reason?: string };
  readonly channels: Readonly<Record<string, string>>;
}

const whereToLook = (productId: number, idempotencyKey: string | undefined): string =>
  idempotencyKey === undefined
    ? `GET /api/admin/products/${productId}/allotment before you send it again.`
    : 'Send it again with the same Idempotency-Key: a change that took place is not made twice.';

export const productNotFound = (): DomainError =>
  new DomainError({
    code: 'product_not_found',
    detail: 'There is no such product. GET /api/admin/products lists all.',
  });

/** @throws DomainError `malformed_request`, `invalid_allotment` */
function parseUnits(units: unknown, pointer: string, min: number): number {
  if (!Number.isInteger(units)) throw memberFault('malformed_request', pointer, 'must be a whole number');
  if (typeof units === 'number' && Number.isSafeInteger(units) && units >= min && units <= UNITS_MAX) return units;
  throw memberFault('invalid_allotment', pointer, `must be a whole number from ${min} to ${UNITS_MAX}`);
}
