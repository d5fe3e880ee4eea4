import { compareCustomerTypes, type Minor, type PricingSnapshot } from './pricing.js';
import { isWeekend, type VisitDate } from './visit-date.js';

/** So many units for one type of customer. */
export interface GuestCount {
  readonly customerType: string;
  readonly quantity: number;
}

export interface PriceLine extends GuestCount {
  readonly unitMinor: Minor;
  readonly amountMinor: Minor;
}

/** What units cost on a day, in the product's currency. */
export interface Quote {
  readonly currency: string;
  readonly lines: readonly PriceLine[];
  readonly totalMinor: Minor;
}

/**
 * Price of a unit before discounts: the weekday or weekend base, times the day's multiplier, rounded half up to the cent.
 * Without a visit date it is the weekday price.
 */
export function basePriceMinor(pricing: PricingSnapshot, visitDate: VisitDate | undefined): Minor {
  if (visitDate === undefined) return pricing.weekdayMinor;
  const base = isWeekend(visitDate) ? pricing.weekendMinor : pricing.weekdayMinor;
  const milli = pricing.specialDatesMilli[visitDate];
  // In whole numbers throughout: a large price times a multiplier leaves what a float holds exactly.
  return milli === undefined ? base : Number((BigInt(base) * BigInt(milli) + 500n) / 1000n);
}

/** Price of a unit for a type of customer, never below 0; `undefined` when the product isn't sold to that type. */
export function unitPriceMinor(
  pricing: PricingSnapshot,
  visitDate: VisitDate | undefined,
  customerType: string,
): Minor | undefined {
  const discount = Object.hasOwn(pricing.discountsMinor, customerType)
    ? pricing.discountsMinor[customerType]
    : undefined;
  if (discount === undefined && customerType !== ADULT) return undefined;
  return Math.max(0, basePriceMinor(pricing, visitDate) - (discount ?? 0));
}

/** Whom every product is sold to, and whom units are for when nobody says. */
export const ADULT = 'adult';

/**
 * Prices guests from a snapshot.
 *
 * @param guests each type once, each sold by the product: ask {@link unitPriceMinor} first
 * @throws RangeError for a type that the product isn't sold to
 */
export function quote(
  pricing: PricingSnapshot,
  visitDate: VisitDate | undefined,
  guests: readonly GuestCount[],
): Quote {
  const inOrder = [...guests].sort((a, b) => compareCustomerTypes(a.customerType, b.customerType));
  const lines = inOrder.map(({ customerType, quantity }) => {
    const unitMinor = unitPriceMinor(pricing, visitDate, customerType);
    if (unitMinor === undefined) throw new RangeError(`not sold to ${customerType}`);
    return { customerType, quantity, unitMinor, amountMinor: unitMinor * quantity };
  });
  return {
    currency: pricing.currency,
    lines,
    totalMinor: lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
  };
}

/** Adds up what was said of one type in several places, in the order of first mention. */
export function foldGuests(guests: readonly GuestCount[]): GuestCount[] {
  const byType = new Map<string, number>();
  for (const { customerType, quantity } of guests) byType.set(customerType, (byType.get(customerType) ?? 0) + quantity);
  return [...byType].map(([customerType, quantity]) => ({ customerType, quantity }));
}
