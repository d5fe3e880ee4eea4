import type { ReserveCommand } from './command.js';
import type { Done, Refused } from './decision.js';
import type { Draft } from './draft.js';
import type { Refusal } from './errors.js';
import { refuseUnits } from './outstanding.js';
import { type Instant, isoInstant } from './instant.js';
import { badExpiry, noAllocation, unknownProduct } from './refusals.js';
import type { Reservation } from './reservation.js';

/** Holds units of the draft's product, or says why not. */
export function decideReserve(draft: Draft, command: ReserveCommand): Done | Refused {
  const refusal = refuseReserve(draft, command);
  if (refusal) return { kind: 'refused', refusal };

  const { product, now } = draft;
  const reservation: Reservation = {
    id: command.reservationId,
    productId: product.productId,
    channelId: command.partner.channelId,
    partnerId: command.partner.id,
    quantity: command.quantity,
    quantityHeld: command.quantity,
    status: 'active',
    expiresAt: command.expiresAt ?? now + Math.min(command.holdSeconds, command.partner.holdMaxSeconds) * 1000,
    createdAt: now,
    activatedAt: undefined,
    cancelledAt: undefined,
    cancelReason: undefined,
    releasedAt: undefined,
    extensions: 0,
    pricing: product.pricing,
    order: undefined,
    asked: {},
  };
  draft.releaseOverdueUntilFree(reservation.channelId, reservation.quantity);
  draft.hold(reservation);
  return { kind: 'reserved', reservation, again: false };
}

/**
 * What is available comes before the partner's limits: more than there is gets 409 whatever the number. Limits of what it
 * holds come last: what is wrong with the request itself is told first.
 */
function refuseReserve(draft: Draft, command: ReserveCommand): Refusal | undefined {
  const { partner, quantity } = command;
  if (!draft.exists || !draft.product.sellable) return unknownProduct();
  const { productId } = draft.product;
  if (!draft.hasShare(partner.channelId)) return noAllocation(productId, partner.channelId);
  if (quantity < 1) return badQuantity(partner.quantityMax, 'at least 1');

  const available = draft.unitsAvailable(partner.channelId, quantity);
  if (quantity > available) {
    return {
      code: 'insufficient_inventory',
      detail:
        available === 0
          ? `Product ${productId} is sold out on channel ${partner.channelId}: 0 units are available, ${quantity} were requested.`
          : `Product ${productId} has ${available} units available on channel ${partner.channelId}; ${quantity} were requested. Ask for ${available} or fewer.`,
      facts: { product_id: productId, requested: quantity, available },
    };
  }
  if (quantity > partner.quantityMax) return badQuantity(partner.quantityMax, `at most ${partner.quantityMax}`);
  return refuseExpiry(draft, command) ?? refuseUnits(command, productId, draft.outstandingOf(partner.id));
}

/** When a hold may be made that is to end at a moment: before that, and not longer before than the partner may hold. Both included. */
export const madeWithin = (
  { partner }: ReserveCommand,
  expiresAt: Instant,
): { readonly since: Instant; readonly until: Instant } => ({
  since: expiresAt - partner.holdMaxSeconds * 1000,
  until: expiresAt - 1,
});

function refuseExpiry({ now }: Draft, command: ReserveCommand): Refusal | undefined {
  const { partner, expiresAt } = command;
  if (expiresAt === undefined) return undefined;
  const { since, until } = madeWithin(command, expiresAt);
  if (now > until) return badExpiry(`lie in the future; it is now ${isoInstant(now)}`);
  if (now < since) {
    const latest = now + partner.holdMaxSeconds * 1000;
    return badExpiry(`be ${isoInstant(latest)} at the latest, your longest hold`);
  }
  return undefined;
}

const badQuantity = (limit: number, bound: string): Refusal => ({
  code: 'quantity_out_of_range',
  detail: `quantity must be ${bound}; a single request may hold from 1 to ${limit} units.`,
  facts: { limit, errors: [{ pointer: '/quantity', detail: `must be ${bound}` }] },
});
