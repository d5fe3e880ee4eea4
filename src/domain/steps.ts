import type { ActivateCommand, CancelCommand, ExtendCommand } from './command.js';
import type { Done, Refused } from './decision.js';
import type { Draft } from './draft.js';
import type { Refusal } from './errors.js';
import { refuseExtension } from './outstanding.js';
import { isoInstant } from './instant.js';
import { ADULT, type GuestCount, quote } from './quote.js';
import { badExpiry, badGuests, refuseGuests, pastVisit, reservationNotFound } from './refusals.js';
import { NEXT_STATUSES, type Order, type Reservation, type ReservationStatus, statusAt } from './reservation.js';
import { dateIn, startOfDay } from './visit-date.js';

type Step = ActivateCommand | ExtendCommand | CancelCommand;

/** Sells held units: the order's money comes from the snapshot that was frozen with the hold. */
export function decideActivate(draft: Draft, command: ActivateCommand): Done | Refused {
  const held = draft.reservationOf(command.partner.id, command.reservationId);
  if (!held) return refused(reservationNotFound());
  const again = repeated(held, 'activated', held.asked.activate, command);
  if (again) return again;
  const guests = guestsOf(command, held);
  const refusal = refuseStep(draft, held, 'activated') ?? refuseActivate(draft, held, command, guests);
  if (refusal) return refused(refusal);

  const quantity = command.quantity ?? held.quantity;
  const order: Order = {
    ...quote(held.pricing, command.visitDate, guests),
    id: command.orderId,
    status: 'confirmed',
    quantity,
    visitDate: command.visitDate,
    externalReference: command.externalReference,
    createdAt: draft.now,
    cancelledAt: undefined,
  };
  const sold: Reservation = {
    ...held,
    quantity,
    status: 'activated',
    activatedAt: draft.now,
    releasedAt: quantity < held.quantity ? draft.now : undefined,
    order,
    asked: { ...held.asked, activate: command.fingerprint },
  };
  draft.sell(held, sold);
  return { kind: 'activated', reservation: sold, again: false };
}

/** Has a hold last longer, within the longest hold of its partner counted from the hold's beginning. */
export function decideExtend(draft: Draft, command: ExtendCommand): Done | Refused {
  const held = draft.reservationOf(command.partner.id, command.reservationId);
  if (!held) return refused(reservationNotFound());
  const status = statusAt(held, draft.now);
  if (status !== 'active') return refused(forbidden(status, 'extended'));
  if (command.expiresAt === held.expiresAt) return { kind: 'extended', reservation: held, again: true };

  const limited = refuseExtension(command.partner.limits, held.extensions);
  if (limited) return refused(limited);
  const latest = held.createdAt + command.partner.holdMaxSeconds * 1000;
  if (latest <= held.expiresAt) {
    return refused(badExpiry(`stay ${isoInstant(held.expiresAt)}: the hold lasts as long as yours may already`));
  }
  if (command.expiresAt < held.expiresAt) {
    return refused(
      badExpiry(`be later than the present expiry, ${isoInstant(held.expiresAt)}; cancel the hold to end it`),
    );
  }
  if (command.expiresAt > latest) {
    return refused(
      badExpiry(`be ${isoInstant(latest)} at the latest: your longest hold, counted from when it was made`),
    );
  }
  const extended: Reservation = { ...held, expiresAt: command.expiresAt, extensions: held.extensions + 1 };
  draft.extend(extended);
  return { kind: 'extended', reservation: extended, again: false };
}

/** Gives units back: held ones, or sold ones until the cut-off before their visit. */
export function decideCancel(draft: Draft, command: CancelCommand): Done | Refused {
  const before = draft.reservationOf(command.partner.id, command.reservationId);
  if (!before) return refused(reservationNotFound());
  const again = repeated(before, 'cancelled', before.asked.cancel, command);
  if (again) return again;
  const refusal = refuseStep(draft, before, 'cancelled') ?? refuseAfterCutoff(draft, before);
  if (refusal) return refused(refusal);

  const after: Reservation = {
    ...before,
    status: 'cancelled',
    cancelledAt: draft.now,
    cancelReason: command.reason,
    releasedAt: draft.now,
    order: before.order && { ...before.order, status: 'cancelled', cancelledAt: draft.now },
    asked: { ...before.asked, cancel: command.fingerprint },
  };
  draft.cancel(before, after);
  return { kind: 'cancelled', reservation: after, again: false };
}

/** A finished step repeated: the same answer for the same request, 409 for another. */
function repeated(
  reservation: Reservation,
  status: 'activated' | 'cancelled',
  asked: string | undefined,
  { fingerprint }: Step,
): Done | Refused | undefined {
  if (reservation.status !== status) return undefined;
  if (asked === fingerprint) return { kind: status, reservation, again: true };
  return refused({
    code: 'step_differs',
    detail: `This reservation was ${status} by a request with another body. GET it to see how.`,
    facts: { reservation_status: status },
  });
}

function refuseStep(draft: Draft, reservation: Reservation, next: 'activated' | 'cancelled'): Refusal | undefined {
  const status = statusAt(reservation, draft.now);
  const allowed: readonly ReservationStatus[] = NEXT_STATUSES[status];
  return allowed.includes(next) ? undefined : forbidden(status, next);
}

/** Guests in full: whoever names none sells to adults. */
function guestsOf({ guests, quantity }: ActivateCommand, held: Reservation): readonly GuestCount[] {
  return guests ?? [{ customerType: ADULT, quantity: quantity ?? held.quantity }];
}

function refuseActivate(
  draft: Draft,
  held: Reservation,
  { quantity = held.quantity, visitDate }: ActivateCommand,
  guests: readonly GuestCount[],
): Refusal | undefined {
  if (quantity < 1 || quantity > held.quantity) {
    return {
      code: 'quantity_out_of_range',
      detail: `quantity must be from 1 to ${held.quantity}, the units held; leave it out to sell all of them.`,
      facts: { limit: held.quantity, errors: [{ pointer: '/quantity', detail: `must be from 1 to ${held.quantity}` }] },
    };
  }
  const today = dateIn(held.pricing.timeZone, draft.now);
  if (visitDate !== undefined && visitDate < today) return pastVisit(today);
  return refuseGuests(held.pricing, guests) ?? refuseSum(quantity, guests);
}

function refuseSum(quantity: number, guests: readonly GuestCount[]): Refusal | undefined {
  const sum = guests.reduce((total, guest) => total + guest.quantity, 0);
  return sum === quantity ? undefined : badGuests(`must add up to the ${quantity} units sold; they are ${sum}`);
}

function refuseAfterCutoff(draft: Draft, { order, pricing }: Reservation): Refusal | undefined {
  if (order?.visitDate === undefined) return undefined;
  const cutoff = startOfDay(pricing.timeZone, order.visitDate) - pricing.cutoffHours * 3_600_000;
  if (draft.now < cutoff) return undefined;
  return {
    code: 'cutoff_passed',
    detail: `This sale could be cancelled until ${isoInstant(cutoff)}, ${pricing.cutoffHours} h before the visit on ${order.visitDate}. Ask the operator.`,
    facts: { reservation_status: 'activated' },
  };
}

const refused = (refusal: Refusal): Refused => ({ kind: 'refused', refusal });

const WAY_OUT = {
  active: 'It can be activated, extended or cancelled.',
  activated: 'Cancel it to give the units back.',
  expired: 'Reserve again.',
  cancelled: 'Reserve again.',
} as const satisfies Record<ReservationStatus, string>;

const forbidden = (status: ReservationStatus, step: string): Refusal => ({
  code: 'status_conflict',
  detail: `This reservation is ${status} and can't be ${step}. ${WAY_OUT[status]}`,
  facts: { reservation_status: status },
});
