import { Inject, Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';

import type { Caller } from '../auth/caller.js';
import { CONFIG, type Config } from '../config/config.js';
import { DomainError, type Refusal } from '../domain/errors.js';
import { isoInstant, parseInstant } from '../domain/instant.js';
import type { Reservation } from '../domain/reservation.js';
import { OtaEventLog } from '../observability/ota-events.js';
import { fingerprint } from './idempotency-key.js';
import { type Answer, CREATED, reserveResponse } from './reservation.answers.js';
import type { ReserveRequest, ReserveResponse } from './reservation.dto.js';
import { ReservationLanes } from './reservation.lanes.js';

/** A partner's reservations. */
@Injectable()
export class ReservationService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly lanes: ReservationLanes,
    private readonly events: OtaEventLog,
  ) {}

  /**
   * Holds units on the partner's channel. Answers after COMMIT only.
   *
   * @param key of the client, to repeat the request by
   * @throws DomainError `insufficient_inventory` and the other refusals of `decide`; `overloaded`, `unavailable`,
   * `outcome_unknown`
   */
  async reserve(caller: Caller, request: ReserveRequest, key: string | undefined): Promise<Answer<ReserveResponse>> {
    const { partner } = caller;
    const outcome = await this.lanes.submit(request.product_id, {
      owner: partner.id,
      command: {
        kind: 'reserve',
        reservationId: `res_${uuidv7()}`,
        partner,
        quantity: request.quantity,
        expiresAt: expiryOf(request),
        holdSeconds: this.config.holdTtlSeconds,
        idempotency: key === undefined ? undefined : { key, fingerprint: fingerprint('reserve', request) },
      },
    });
    switch (outcome.kind) {
      case 'reserved':
        this.logCreated(outcome.reservation, caller);
        return { status: CREATED, body: reserveResponse(outcome.reservation), replayed: false };
      case 'repeated':
        return { status: CREATED, body: reserveResponse(outcome.reservation), replayed: true };
      case 'replayed':
        return {
          status: outcome.answer.status,
          body: JSON.parse(outcome.answer.body) as ReserveResponse,
          replayed: true,
        };
      case 'refused':
        this.logRefused(outcome.refusal, caller);
        throw new DomainError(outcome.refusal);
      case 'expired':
        throw new Error('a reserve is never answered with an expiry');
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

function expiryOf({ reservation_expires_at: text }: ReserveRequest): number | undefined {
  if (text === undefined) return undefined;
  const at = parseInstant(text);
  if (at !== undefined) return at;
  throw new DomainError({
    code: 'expiry_out_of_range',
    detail: 'reservation_expires_at takes an ISO 8601 date and time with an offset, such as 2026-12-24T14:30:00+08:00.',
    facts: { errors: [{ pointer: '/reservation_expires_at', detail: 'must be an ISO 8601 date-time with an offset' }] },
  });
}
