import { parsePrice, PRICE_RULE } from '../catalog/price-bounds.js';
import { PRODUCT_STATUSES } from '../catalog/product.store.js';
import { PRODUCT_ID_MAX } from '../contract/product-id.js';
import { escaped } from '../contract/json-pointer.js';
import { ValueFaults } from '../contract/value-faults.js';
import { UNITS_MAX } from '../domain/allot.js';
import type { Minor } from '../domain/pricing.js';
import { isShortId, NAME_MAX, SHORT_ID_RULE } from './desk-values.js';
import type { ChangeProductRequest, CreateProductRequest } from './product.dto.js';

/** A year. */
const CUTOFF_HOURS_MAX = 8_760;
/** Each is a column of a price list. */
const CUSTOMER_TYPES_MAX = 50;

/** Whoever has the cap of a new product, unless told otherwise. */
const OWN_CHANNEL = 'direct';

/** Money of a body; what is absent was not sent. */
export interface Prices {
  readonly weekdayMinor?: Minor;
  readonly weekendMinor?: Minor;
  /** By customer type; `undefined` takes the discount away. */
  readonly discountsMinor: readonly (readonly [customerType: string, amount: Minor | undefined])[];
}

/** What a body of the right shape says of a new product. @throws DomainError `invalid_value` */
export function parseNewProduct(request: CreateProductRequest): {
  readonly prices: Prices;
  readonly allocated: ReadonlyMap<string, number>;
} {
  const faults = new ValueFaults();
  faults.whole(request.product_id, '/product_id', 1, PRODUCT_ID_MAX);
  faults.text(request.name, '/name', NAME_MAX);
  if (!isCurrency(request.currency)) faults.add('/currency', 'must be a currency of ISO 4217, such as EUR');
  if (!isTimeZone(request.time_zone)) {
    faults.add('/time_zone', 'must be a time zone of the IANA list, such as Asia/Shanghai');
  }
  faults.whole(request.cutoff_hours, '/cutoff_hours', 0, CUTOFF_HOURS_MAX);
  const prices = parsePrices(faults, request, false);
  const allocated = parseAllocated(faults, request);
  faults.refuse();
  return { prices, allocated };
}

/** What a body of the right shape says of a product that exists. @throws DomainError `invalid_value` */
export function parseProductChange(request: ChangeProductRequest): Prices {
  const faults = new ValueFaults();
  faults.text(request.name, '/name', NAME_MAX);
  if (request.status !== undefined && !PRODUCT_STATUSES.some((status) => status === request.status)) {
    faults.add('/status', `must be one of ${PRODUCT_STATUSES.join(', ')}`);
  }
  faults.whole(request.cutoff_hours, '/cutoff_hours', 0, CUTOFF_HOURS_MAX);
  const prices = parsePrices(faults, request, true);
  faults.refuse();
  return prices;
}

type Money = Pick<ChangeProductRequest, 'weekday_price' | 'weekend_price' | 'customer_discounts'>;

/** @param removable whether null takes a discount away */
function parsePrices(faults: ValueFaults, request: Money, removable: boolean): Prices {
  const price = (amount: unknown, pointer: string): Minor | undefined => {
    const minor = parsePrice(amount);
    if (minor === undefined) faults.add(pointer, PRICE_RULE);
    return minor;
  };
  const { weekday_price: weekday, weekend_price: weekend, customer_discounts: discounts = {} } = request;
  const weekdayMinor = weekday === undefined ? undefined : price(weekday, '/weekday_price');
  const weekendMinor = weekend === undefined ? undefined : price(weekend, '/weekend_price');
  const types = Object.entries(discounts);
  if (types.length > CUSTOMER_TYPES_MAX) {
    faults.add('/customer_discounts', `may name at most ${CUSTOMER_TYPES_MAX} types`);
  }
  const discountsMinor = types.slice(0, CUSTOMER_TYPES_MAX).map(([type, amount]) => {
    const pointer = `/customer_discounts/${escaped(type)}`;
    if (!isShortId(type)) faults.add(pointer, SHORT_ID_RULE);
    return [type, removable && amount === null ? undefined : price(amount, pointer)] as const;
  });
  return {
    ...(weekdayMinor !== undefined && { weekdayMinor }),
    ...(weekendMinor !== undefined && { weekendMinor }),
    discountsMinor,
  };
}

function parseAllocated(
  faults: ValueFaults,
  { sellable_cap: cap, allocated }: CreateProductRequest,
): Map<string, number> {
  faults.whole(cap, '/sellable_cap', 0, UNITS_MAX);
  if (allocated === undefined) {
    if (cap === undefined) faults.add('/sellable_cap', 'must be sent, or allocated with the units of each channel');
    return new Map([[OWN_CHANNEL, cap ?? 0]]);
  }
  const shares = new Map<string, number>();
  for (const [channelId, units] of Object.entries(allocated)) {
    const pointer = `/allocated/${escaped(channelId)}`;
    if (typeof units !== 'number') faults.add(pointer, 'must be a whole number');
    else faults.whole(units, pointer, 0, UNITS_MAX);
    shares.set(channelId, Number(units));
  }
  const sum = [...shares.values()].reduce((units, more) => units + more, 0);
  if (shares.size === 0) faults.add('/allocated', 'must name a channel at least');
  else if (sum > UNITS_MAX) faults.add('/allocated', `may have at most ${UNITS_MAX} units together`);
  else if (cap !== undefined && sum !== cap)
    faults.add('/allocated', `must sum to sellable_cap, ${cap}; it sums to ${sum}`);
  return shares;
}

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
const isCurrency = (code: string): boolean => CURRENCIES.has(code);

/** Names only, no offsets: an offset knows no summer time. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
