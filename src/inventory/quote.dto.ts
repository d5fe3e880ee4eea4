import { ApiProperty } from '@nestjs/swagger';

import { majorUnits } from '../domain/pricing.js';
import type { PriceLine } from '../domain/quote.js';

/** A line of a quote or an order: units for one type of customer. */
export class PriceLineResponse {
  @ApiProperty({ example: 'adult' })
  readonly customer_type!: string;

  @ApiProperty({ type: 'integer', example: 2 })
  readonly quantity!: number;

  @ApiProperty({ example: 288 })
  readonly unit_price!: number;

  @ApiProperty({ example: 576 })
  readonly amount!: number;
}

export class QuoteResponse {
  @ApiProperty({ type: 'integer', example: 106 })
  readonly product_id!: number;

  @ApiProperty({ type: 'string', format: 'date', nullable: true, example: '2026-12-31' })
  readonly visit_date!: string | null;

  @ApiProperty({ description: 'ISO 4217', example: 'CNY' })
  readonly currency!: string;

  @ApiProperty({ example: 1196 })
  readonly total_amount!: number;

  @ApiProperty({ type: [PriceLineResponse] })
  readonly lines!: PriceLineResponse[];
}

export const priceLineResponse = (line: PriceLine): PriceLineResponse => ({
  customer_type: line.customerType,
  quantity: line.quantity,
  unit_price: majorUnits(line.unitMinor),
  amount: majorUnits(line.amountMinor),
});
