import type { Refusal } from './errors.js';
import { customerTypes, type PricingSnapshot } from './pricing.js';
import { type GuestCount, unitPriceMinor } from './quote.js';
import type { VisitDate } from './visit-date.js';

/** Refusals that more than one operation gives. */

export const unknownProduct = (): Refusal => ({
  code: 'unknown_product',
  detail: 'There is no such product on sale. GET /api/ota/inventory lists the products that you may sell.',
  facts: { errors: [{ pointer: '/product_id', detail: 'not a product on sale' }] },
});

export const noAllocation = (productId: number, channelId: string): Refusal => ({
  code: 'no_allocation',
  detail: `Product ${productId} has no allocation on channel ${channelId}. GET /api/ota/inventory lists the products that you may sell.`,
  facts: { product_id: productId, errors: [{ pointer: '/product_id', detail: 'no allocation on your channel' }] },
});

export const badExpiry = (bound: string): Refusal => ({
  code: 'expiry_out_of_range',
  detail: `reservation_expires_at must ${bound}.`,
  facts: { errors: [{ pointer: '/reservation_expires_at', detail: `must ${bound}` }] },
});

/** Guests that a product can't be sold to: types that it has no price for, or none of a type. */
export function refuseGuests(pricing: PricingSnapshot, guests: readonly GuestCount[]): Refusal | undefined {
  const unknown = guests.filter(({ customerType }) => unitPriceMinor(pricing, undefined, customerType) === undefined);
  if (unknown.length > 0) {
    const types = customerTypes([pricing]);
    const wrong = unknown.map(({ customerType }) => customerType).join(', ');
    return badGuests(`can't be ${wrong}; this product is sold to ${types.join(', ')}`);
  }
  return guests.some((guest) => guest.quantity < 1) ? badGuests('must be at least 1 of each type') : undefined;
}

export const badGuests = (what: string): Refusal => ({
  code: 'invalid_guests',
  detail: `guests ${what}.`,
  facts: { errors: [{ pointer: '/guests', detail: what }] },
});

export const reservationNotFound = (): Refusal => ({
  code: 'reservation_not_found',
  detail: 'You have no such reservation. GET /api/ota/reservations lists yours.',
});

/** @param today at the product's place */
export const pastVisit = (today: VisitDate): Refusal => ({
  code: 'invalid_visit_date',
  detail: `visit_date must not lie in the past; at the product's place it is ${today}.`,
  facts: { errors: [{ pointer: '/visit_date', detail: 'lies in the past' }] },
});
