import { UNITS_MAX } from '../domain/allot.js';

/** From which to which a limit may be set, and what a new partner has: `null` for one that may be none. */
interface LimitBounds {
  readonly min: number;
  readonly max: number;
  readonly initial: number | null;
}

/**
 * What a partner may do, by the column that says so, which is its name on the wire too. A new limit is a line here, a member
 * of PartnerLimitsRequest and one of PartnerLimitsResponse (src/desk/partner.dto.ts).
 */
export const PARTNER_LIMITS = {
  /** Times the dearest unit (src/catalog/price-bounds.ts) it still fits an order's total. */
  quantity_max: { min: 1, max: 1_000, initial: 100 },
  /** A shorter one is over before it can be used; a year. */
  hold_max_seconds: { min: 60, max: 31_536_000, initial: 604_800 },
  // With 0 it sells what it holds, and gets no more.
  held_per_product_max: { min: 0, max: UNITS_MAX, initial: null },
  held_max: { min: 0, max: UNITS_MAX, initial: null },
  product_quota: { min: 0, max: UNITS_MAX, initial: null },
  extensions_max: { min: 0, max: 1_000_000, initial: null },
  /** None is a matter of suspending. */
  requests_per_minute_max: { min: 1, max: 1_000_000, initial: 6_000 },
} as const satisfies Record<string, LimitBounds>;

export type PartnerLimit = keyof typeof PARTNER_LIMITS;
export type PartnerLimits = {
  readonly [L in PartnerLimit]: (typeof PARTNER_LIMITS)[L]['initial'] extends null ? number | null : number;
};

/** Fixed texts: columns of `partners`. */
export const LIMIT_NAMES = Object.keys(PARTNER_LIMITS) as readonly PartnerLimit[];

/** Each limit, by its name. @param of gives `null` only where that is the initial one */
export const eachLimit = (of: (name: PartnerLimit, bounds: LimitBounds) => number | null): PartnerLimits =>
  Object.fromEntries(LIMIT_NAMES.map((name) => [name, of(name, PARTNER_LIMITS[name])])) as unknown as PartnerLimits;
