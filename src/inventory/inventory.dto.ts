import { ApiProperty } from '@nestjs/swagger';

/** Schema parts for maps by product id, which decorators can't read off the types. */
const amountsByType = { type: 'object', additionalProperties: { type: 'number', minimum: 0 } } as const;

export class PricingContext {
  @ApiProperty({
    description: 'By product id, in the currency of the product',
    type: 'object',
    additionalProperties: {
      type: 'object',
      required: ['weekday', 'weekend'],
      properties: { weekday: { type: 'number' }, weekend: { type: 'number' } },
    },
    example: { 106: { weekday: 288, weekend: 318 } },
  })
  readonly base_prices!: Readonly<Record<string, { readonly weekday: number; readonly weekend: number }>>;

  @ApiProperty({
    description: 'Every customer type that the products can be sold to',
    example: ['adult', 'child', 'elderly'],
  })
  readonly customer_types!: readonly string[];

  @ApiProperty({
    description: 'Days on which base prices are multiplied; within date_range, when that is given',
    type: 'object',
    additionalProperties: { type: 'object', required: ['multiplier'], properties: { multiplier: { type: 'number' } } },
    example: { '2025-12-31': { multiplier: 1.5 } },
  })
  readonly special_dates!: Readonly<Record<string, { readonly multiplier: number }>>;

  @ApiProperty({
    description: 'By product id: what is taken off the unit price, by customer type',
    type: 'object',
    additionalProperties: amountsByType,
    example: {
      106: { child: 100, elderly: 50, student: 50 },
      107: { child: 150, family: 100, elderly: 75 },
      108: { vip: 200, elderly: 100 },
    },
  })
  readonly customer_discounts!: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export class InventoryResponse {
  @ApiProperty({
    description: 'Units that may be reserved now, by product id',
    type: 'object',
    additionalProperties: { type: 'integer', minimum: 0 },
    example: { 106: 1800, 107: 1200, 108: 1300 },
  })
  readonly available_quantities!: Readonly<Record<string, number>>;

  @ApiProperty()
  readonly pricing_context!: PricingContext;
}
