import type { ReserveCommand } from './command.js';
import type { Done, Refused } from './decision.js';
import type { Draft } from './draft.js';
import type { Refusal } from './errors.js';
import { isoInstant } from './instant.js';
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

/** What is available comes before the partner's limits: more than there is gets 409 whatever the number. */
function refuseReserve(draft: Draft, command: ReserveCommand): Refusal | undefined {
  const { partner, quantity, expiresAt } = command;
  if (!draft.exists || !draft.product.sellable) return REFUSE.unknownProduct();
  const { productId, allocations } = draft.product;
  if (!allocations.has(partner.channelId)) return REFUSE.noAllocation(productId, partner.channelId);
  if (quantity < 1) return REFUSE.quantity(partner.quantityMax, 'at least 1');

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
  if (quantity > partner.quantityMax) return REFUSE.quantity(partner.quantityMax, `at most ${partner.quantityMax}`);
  if (expiresAt === undefined) return undefined;

  const latest = draft.now + partner.holdMaxSeconds * 1000;
  if (expiresAt <= draft.now) return REFUSE.expiry(`lie in the future; it is now ${isoInstant(draft.now)}`);
  if (expiresAt > latest) return REFUSE.expiry(`be ${isoInstant(latest)} at the latest, your longest hold`);
  return undefined;
}

const REFUSE = {
  unknownProduct: (): Refusal => ({
    code: 'unknown_product',
    detail: 'There is no such product on sale. GET /api/ota/inventory lists the products that you may sell.',
    facts: { errors: [{ pointer: '/product_id', detail: 'not a product on sale' }] },
  }),
  noAllocation: (productId: number, channelId: string): Refusal => ({
    code: 'no_allocation',
    detail: `Product ${productId} has no allocation on channel ${channelId}. GET /api/ota/inventory lists the products that you may sell.`,
    facts: { product_id: productId, errors: [{ pointer: '/product_id', detail: 'no allocation on your channel' }] },
  }),
  quantity: (limit: number, bound: string): Refusal => ({
    code: 'quantity_out_of_range',
    detail: `quantity must be ${bound}; a single request may hold from 1 to ${limit} units.`,
    facts: { limit, errors: [{ pointer: '/quantity', detail: `must be ${bound}` }] },
  }),
  expiry: (bound: string): Refusal => ({
    code: 'expiry_out_of_range',
    detail: `reservation_expires_at must ${bound}.`,
    facts: { errors: [{ pointer: '/reservation_expires_at', detail: `must ${bound}` }] },
  }),
};
