import { Inject, Injectable } from '@nestjs/common';

import type { Caller } from '../auth/caller.js';
import { CONFIG, type Config } from '../config/config.js';
import { timeOrderedId } from '../database/time-ordered-id.js';
import type { PartnerCommand } from '../domain/command.js';
import type { Outcome } from '../domain/decision.js';
import { DomainError, type Refusal } from '../domain/errors.js';
import { isoInstant } from '../domain/instant.js';
import type { Reservation } from '../domain/reservation.js';
import { OtaEventLog } from '../observability/ota-events.js';
import { OrderIds } from '../order/order-ids.js';
import { fingerprint } from './idempotency-key.js';
import { type Answer, bodyOf, statusOf } from './reservation.answers.js';
import type {
  ActivateRequest,
  CancelRequest,
  ExtendRequest,
  ReservationResponse,
  ReserveRequest,
  ReserveResponse,
} from './reservation.dto.js';
import { ReservationLanes } from './reservation.lanes.js';
import { ReservationReader } from './reservation.reader.js';
import { parseActivation, parseExpiry, parseReason } from './reservation.requests.js';

type StepTerms = Pick<
  Extract<PartnerCommand, { kind: 'cancel' }>,
  'by' | 'reservationId' | 'partner' | 'fingerprint' | 'idempotency'
>;

/**
 * A partner's reservations, from the hold to its end. Every method answers after COMMIT only, and throws the refusals of
 * `decide` as DomainErrors, beside `overloaded`, `unavailable` and `outcome_unknown`.
 */
@Injectable()
export class ReservationService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly lanes: ReservationLanes,
    private readonly reader: ReservationReader,
    private readonly orderIds: OrderIds,
    private readonly events: OtaEventLog,
  ) {}

  /**
   * Holds units on the partner's channel.
   *
   * @param key of the client, to repeat the request by
   */
  reserve(caller: Caller, request: ReserveRequest, key: string | undefined): Promise<Answer<ReserveResponse>> {
    const { partner } = caller;
    const { reservation_expires_at: expiresAt } = request;
    return this.submit(caller, request.product_id, {
      kind: 'reserve',
      by: { actor: caller.actor },
      reservationId: `res_${timeOrderedId()}`,
      partner,
      quantity: request.quantity,
      expiresAt: expiresAt === undefined ? undefined : parseExpiry(expiresAt),
      holdSeconds: this.config.holdTtlSeconds,
      idempotency: key === undefined ? undefined : { key, fingerprint: fingerprint('reserve', request) },
    });
  }

  /** Sells held units, all or some; those not sold go back to the channel at once. Makes the order. */
  async activate(
    caller: Caller,
    id: string,
    request: ActivateRequest,
    key: string | undefined,
  ): Promise<Answer<ReservationResponse>> {
    const activation = parseActivation(request);
    const productId = await this.reader.productOf(caller.partner, id);
    const orderId = await this.orderIds.take();
    const terms = stepTerms('activate', caller, id, request, key);
    return this.submit(caller, productId, { kind: 'activate', ...terms, ...activation, orderId });
  }

  /** Has a hold last longer, up to the partner's longest hold. */
  async extend(
    caller: Caller,
    id: string,
    request: ExtendRequest,
    key: string | undefined,
  ): Promise<Answer<ReservationResponse>> {
    const expiresAt = parseExpiry(request.reservation_expires_at);
    const productId = await this.reader.productOf(caller.partner, id);
    return this.submit(caller, productId, {
      kind: 'extend',
      ...stepTerms('extend', caller, id, request, key),
      expiresAt,
    });
  }

  /** Gives back held units, or sold ones before the product's cut-off; the order is cancelled with them. */
  async cancel(
    caller: Caller,
    id: string,
    request: CancelRequest,
    key: string | undefined,
  ): Promise<Answer<ReservationResponse>> {
    const reason = parseReason(request);
    const productId = await this.reader.productOf(caller.partner, id);
    return this.submit(caller, productId, { kind: 'cancel', ...stepTerms('cancel', caller, id, request, key), reason });
  }

  private async submit<T>(caller: Caller, productId: number, command: PartnerCommand): Promise<Answer<T>> {
    const outcome = await this.lanes.submit(productId, {
      owner: caller.partner.id,
      // A step keeps a promise or gives units back: it always finds room.
      always: command.kind !== 'reserve',
      command,
    });
    return this.answer(caller, outcome) as Answer<T>;
  }

  private answer(caller: Caller, outcome: Outcome): Answer<unknown> {
    switch (outcome.kind) {
      case 'replayed':
        return { status: outcome.answer.status, body: JSON.parse(outcome.answer.body) as unknown, replayed: true };
      case 'refused':
        this.logRefused(outcome.refusal, caller);
        throw new DomainError(outcome.refusal);
      case 'expired':
      case 'allotted':
        throw new Error(`a partner is never answered with what was ${outcome.kind}`);
      case 'reserved':
      case 'activated':
      case 'extended':
      case 'cancelled':
        if (outcome.kind === 'reserved') {
          this.reader.remember(outcome.reservation);
          if (!outcome.again) this.logCreated(outcome.reservation, caller);
        }
        return { status: statusOf(outcome), body: bodyOf(outcome), replayed: outcome.again };
    }
  }

  private logCreated({ id, productId, quantity, expiresAt }: Reservation, { requestId }: Caller): void {
    this.events.write(
      'ota.reservation.created',
      { reservation_id: id, product_id: productId, quantity, expires_at: isoInstant(expiresAt) },
      requestId,
    );
  }

  private logRefused({ facts }: Refusal, { requestId }: Caller): void {
    const { product_id, requested, available } = facts ?? {};
    if (product_id === undefined || requested === undefined || available === undefined) return;
    this.events.write('ota.inventory.insufficient', { product_id, requested, available }, requestId);
  }
}

function stepTerms(
  step: string,
  { partner, actor }: Caller,
  reservationId: string,
  body: object,
  key: string | undefined,
): StepTerms {
  const asked = fingerprint(`${step} ${reservationId}`, body);
  return {
    by: { actor },
    reservationId,
    partner,
    fingerprint: asked,
    idempotency: key === undefined ? undefined : { key, fingerprint: asked },
  };
}
