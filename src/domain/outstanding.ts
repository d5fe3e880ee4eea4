import type { ReserveCommand } from './command.js';
import type { Refusal } from './errors.js';
import { countsUnits, type HoldLimitName, type HoldLimits } from './hold-limits.js';

/** A partner's units, as of the time that the batch decides by. An overdue hold's are not among them, released or not. */
export interface OutstandingUnits {
  /** Of the product, active. */
  readonly held: number;
  /** Of the product; read for a {@link HoldLimits.productQuota} only. */
  readonly sold: number;
  /**
   * Of all products, active; read for {@link HoldLimits.heldMax} only. The locks that a batch has are those of its own
   * products, so units that the partner is being given of other products at this moment are not among them: with n
   * transactions under way at once, each may give out what was left before, and the limit may be exceeded by n - 1 times that.
   * Once they have ended nothing more is given. To lock the partner would make all its products wait for one another, and
   * everybody's holds of them for the partner.
   */
  readonly heldInAll: number;
}

/** @param outstanding `undefined` when nothing had to be counted */
export function refuseUnits(
  { partner, quantity }: ReserveCommand,
  productId: number,
  outstanding: OutstandingUnits | undefined,
): Refusal | undefined {
  const { limits } = partner;
  if (!countsUnits(limits)) return undefined;
  if (!outstanding) throw new Error(`the units of partner ${partner.id} were not counted`);
  const { held, sold, heldInAll } = outstanding;
  const bounds: readonly Bound[] = [
    ['held_per_product_max', limits.heldPerProductMax, held, `held of product ${productId}`],
    ['product_quota', limits.productQuota, held + sold, `held and sold of product ${productId}`],
    ['held_max', limits.heldMax, heldInAll, 'held of all products'],
  ];
  for (const [name, limit, units, what] of bounds) {
    if (limit === undefined || units + quantity <= limit) continue;
    const left = Math.max(0, limit - units);
    return {
      code: 'hold_limit_reached',
      detail:
        `Your limit is ${limit} units ${what}; ${units} are, so ${left} are left and ${quantity} were requested. ` +
        WAY_OUT[name](left),
      facts: {
        product_id: productId,
        requested: quantity,
        limit_name: name,
        limit,
        outstanding: units,
        left,
      },
    };
  }
  return undefined;
}

/** @param extensions that the hold has had */
export function refuseExtension({ extensionsMax }: HoldLimits, extensions: number): Refusal | undefined {
  if (extensionsMax === undefined || extensions < extensionsMax) return undefined;
  return {
    code: 'hold_limit_reached',
    detail: `Your limit is ${extensionsMax} extensions of a hold; this one has had ${extensions}. Activate it before it ends, or reserve again then.`,
    facts: { limit_name: 'extensions_max', limit: extensionsMax, outstanding: extensions, left: 0 },
  };
}

type UnitLimit = Exclude<HoldLimitName, 'extensions_max'>;

type Bound = readonly [name: UnitLimit, limit: number | undefined, outstanding: number, what: string];

const askForLess = (left: number, otherwise: string): string =>
  left > 0
    ? `Ask for ${left} or fewer, or ${otherwise}.`
    : `${otherwise.charAt(0).toUpperCase()}${otherwise.slice(1)}.`;

const WAY_OUT = {
  held_per_product_max: (left) => askForLess(left, 'activate or cancel holds first'),
  held_max: (left) => askForLess(left, 'activate or cancel holds first'),
  product_quota: (left) => askForLess(left, 'cancel holds first, or ask the operator for more'),
} as const satisfies Record<UnitLimit, (left: number) => string>;
