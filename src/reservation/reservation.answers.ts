import type { FastifyReply } from 'fastify';

import { isoInstant } from '../domain/instant.js';
import { majorUnits } from '../domain/pricing.js';
import type { Reservation } from '../domain/reservation.js';
import type { ReserveResponse } from './reservation.dto.js';

/** What a partner is told, and whether it was told so before under the same idempotency key. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly replayed: boolean;
}

/** Status of a new reservation, and of its replays. */
export const CREATED = 201;

/** The reservation as its partner sees it when it is made. */
export function reserveResponse(reservation: Reservation): ReserveResponse {
  const { pricing } = reservation;
  const expiresAt = isoInstant(reservation.expiresAt);
  return {
    reservation_id: reservation.id,
    product_id: reservation.productId,
    channel_id: reservation.channelId,
    quantity: reservation.quantity,
    status: reservation.status,
    reserved_until: expiresAt,
    expires_at: expiresAt,
    created_at: isoInstant(reservation.createdAt),
    pricing_snapshot: {
      base_price: majorUnits(pricing.weekdayMinor),
      weekend_premium: majorUnits(pricing.weekendMinor - pricing.weekdayMinor),
      customer_discounts: Object.fromEntries(
        Object.entries(pricing.discountsMinor).map(([type, amount]) => [type, majorUnits(amount)]),
      ),
      currency: pricing.currency,
    },
  };
}

/** Puts an answer's status and replay header on the reply. @returns its body */
export function answered<T>(reply: FastifyReply, { status, body, replayed }: Answer<T>): T {
  void reply.status(status);
  if (replayed) void reply.header('Idempotency-Replayed', 'true');
  return body;
}
