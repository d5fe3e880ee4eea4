import { PRODUCT_ID_MAX } from '../contract/product-id.js';
import { parameterFault, type RawQuery, refuseUnknown } from '../contract/query-faults.js';
import { isCalendarDate } from '../domain/instant.js';
import { foldGuests, type GuestCount } from '../domain/quote.js';

/** What a partner asks of GET /api/ota/quote. */
export interface QuoteQuery {
  readonly productId: number;
  readonly visitDate: string | undefined;
  readonly guests: readonly GuestCount[];
}

const QUANTITY_MAX = 1_000_000;

/** @throws DomainError `malformed_request`, `unknown_product`, `invalid_visit_date`, `invalid_guests` */
export function parseQuoteQuery(query: RawQuery): QuoteQuery {
  refuseUnknown(query, ['product_id', 'date', 'guests']);
  const { product_id: productId, date, guests } = query;
  if (productId === undefined || guests === undefined) {
    throw parameterFault('malformed_request', productId === undefined ? 'product_id' : 'guests', 'is missing');
  }
  return { productId: parseProductId(productId), visitDate: parseDate(date), guests: parseGuests(guests) };
}

function parseProductId(value: unknown): number {
  const id = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : 0;
  if (id < 1 || id > PRODUCT_ID_MAX)
    throw parameterFault('unknown_product', 'product_id', 'takes the id of a product on sale');
  return id;
}

function parseDate(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !isCalendarDate(value)) {
    throw parameterFault('invalid_visit_date', 'date', 'takes a date such as 2026-12-31');
  }
  return value;
}

/** `adult:2,child:1`; a type that comes twice is added up. */
function parseGuests(value: unknown): GuestCount[] {
  const parts = typeof value === 'string' ? value.split(',') : [''];
  return foldGuests(
    parts.map((part) => {
      const [, customerType, quantity] = /^\s*([a-z_]{1,20}):(\d{1,7})\s*$/.exec(part) ?? [];
      if (customerType === undefined || Number(quantity) < 1 || Number(quantity) > QUANTITY_MAX) {
        throw parameterFault('invalid_guests', 'guests', 'takes types and numbers such as adult:2,child:1');
      }
      return { customerType, quantity: Number(quantity) };
    }),
  );
}
