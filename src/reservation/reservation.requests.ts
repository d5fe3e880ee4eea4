import { memberFault, parseText, REASON_MAX } from '../contract/body-faults.js';
import { type Instant, isCalendarDate, parseInstant } from '../domain/instant.js';
import { foldGuests, type GuestCount } from '../domain/quote.js';
import type { ActivateRequest, CancelRequest } from './reservation.dto.js';

/** What an activation asks for, in the domain's terms. */
export interface Activation {
  readonly quantity: number | undefined;
  readonly visitDate: string | undefined;
  readonly guests: readonly GuestCount[] | undefined;
  readonly externalReference: string | undefined;
}

/** Length of the column that keeps it. */
const EXTERNAL_REFERENCE_MAX = 100;
/** Types of one order; no product has as many. */
const GUESTS_MAX = 20;

/** @throws DomainError `expiry_out_of_range` */
export function parseExpiry(text: string): Instant {
  const at = parseInstant(text);
  if (at !== undefined) return at;
  throw memberFault(
    'expiry_out_of_range',
    '/reservation_expires_at',
    'must be an ISO 8601 date and time with an offset, such as 2026-12-24T14:30:00+08:00',
  );
}

/** @throws DomainError `invalid_visit_date`, `invalid_guests`, `invalid_text` */
export function parseActivation(body: ActivateRequest): Activation {
  if (body.visit_date !== undefined && !isCalendarDate(body.visit_date)) {
    throw memberFault('invalid_visit_date', '/visit_date', 'must be a date such as 2026-12-31');
  }
  if (body.guests && (body.guests.length === 0 || body.guests.length > GUESTS_MAX)) {
    throw memberFault(
      'invalid_guests',
      '/guests',
      `must have from 1 to ${GUESTS_MAX} entries; leave it out for all adults`,
    );
  }
  // Before they are added up, which would hide it.
  if (body.guests?.some(({ quantity }) => quantity < 1)) {
    throw memberFault('invalid_guests', '/guests', 'must be at least 1 of each type');
  }
  return {
    quantity: body.quantity,
    visitDate: body.visit_date,
    guests:
      body.guests &&
      foldGuests(body.guests.map((guest) => ({ customerType: guest.customer_type, quantity: guest.quantity }))),
    externalReference: parseText(body.external_reference, '/external_reference', EXTERNAL_REFERENCE_MAX),
  };
}

/** @throws DomainError `invalid_text` */
export const parseReason = ({ reason }: CancelRequest): string | undefined => parseText(reason, '/reason', REASON_MAX);
