/** What an operator may limit of a partner, beside `quantity_max` and `hold_max_seconds`; `undefined`: no limit. */
export interface HoldLimits {
  /** Units of one product that it holds at a time. Exact. */
  readonly heldPerProductMax: number | undefined;
  /** Units that it holds at a time, of all products. Exact within a product only: see `OutstandingUnits.heldInAll`. */
  readonly heldMax: number | undefined;
  /** How often one hold may be made to last longer. */
  readonly extensionsMax: number | undefined;
  /** Its share of the channel: units of one product that it holds and has sold. Exact. */
  readonly productQuota: number | undefined;
}

export const NO_LIMITS: HoldLimits = {
  heldPerProductMax: undefined,
  heldMax: undefined,
  extensionsMax: undefined,
  productQuota: undefined,
};

/** Whether a reserve can be decided only when the partner's units were counted. */
export const countsUnits = ({ heldPerProductMax, heldMax, productQuota }: HoldLimits): boolean =>
  heldPerProductMax !== undefined || heldMax !== undefined || productQuota !== undefined;

/** As the operator knows them. */
export const HOLD_LIMIT_NAMES = ['held_per_product_max', 'held_max', 'product_quota', 'extensions_max'] as const;

export type HoldLimitName = (typeof HOLD_LIMIT_NAMES)[number];
