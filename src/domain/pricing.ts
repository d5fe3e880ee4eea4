/** Integer minor units (cents) of the product's currency. */
export type Minor = number;

/** A product's prices as they are now. Multipliers are in thousandths: 1.5 is 1500. */
export interface PricingSnapshot {
  readonly currency: string;
  readonly timeZone: string;
  readonly cutoffHours: number;
  readonly weekdayMinor: Minor;
  readonly weekendMinor: Minor;
  /** Taken off the unit price, by customer type. */
  readonly discountsMinor: Readonly<Record<string, Minor>>;
  /** By visit date, `YYYY-MM-DD`. */
  readonly specialDatesMilli: Readonly<Record<string, number>>;
}

/** A JSON number with at most two decimals. */
export const majorUnits = (minor: Minor): number => minor / 100;

/** The same of amounts by name. */
export const majorAmounts = (minor: Readonly<Record<string, Minor>>): Record<string, number> =>
  Object.fromEntries(Object.entries(minor).map(([name, amount]) => [name, majorUnits(amount)]));

/** Reads MySQL's DECIMAL: text such as `288.00`, or a JSON number. */
export const minorUnits = (amount: string | number): Minor => Math.round(Number(amount) * 100);

/** The order in which customer types are listed; unknown ones follow by name. */
const KNOWN_ORDER = ['adult', 'child', 'elderly', 'student', 'family', 'vip'];

export function compareCustomerTypes(a: string, b: string): number {
  const place = (type: string): number => (KNOWN_ORDER.includes(type) ? KNOWN_ORDER.indexOf(type) : KNOWN_ORDER.length);
  return place(a) - place(b) || (a < b ? -1 : Number(a > b));
}

/** `adult` and every type with a discount on one of the products, in a fixed order. */
export function customerTypes(snapshots: Iterable<Pick<PricingSnapshot, 'discountsMinor'>>): string[] {
  const types = new Set(['adult']);
  for (const { discountsMinor } of snapshots) for (const type of Object.keys(discountsMinor)) types.add(type);
  return [...types].sort(compareCustomerTypes);
}
