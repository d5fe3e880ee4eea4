import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsNumber, IsObject, IsString } from 'class-validator';

import { PRODUCT_STATUSES, type ProductRecord, type ProductStatus } from '../catalog/product.store.js';
import { IfSent } from '../contract/if-sent.js';
import type { Plain } from '../contract/plain.js';
import { isoInstant } from '../domain/instant.js';
import { compareCustomerTypes, majorUnits } from '../domain/pricing.js';
import { NEXT_CURSOR, Reasoned, TEXT, WHOLE } from './shared.dto.js';

const NUMBER = { message: 'must be a number' } as const;

const PRICE = { type: 'number', minimum: 0, example: 288 } as const;
const CUTOFF = {
  description: 'Hours before the day of the visit until which a sale may be cancelled',
  type: 'integer',
  minimum: 0,
  example: 24,
} as const;

export class CreateProductRequest extends Reasoned {
  @IfSent('product_id')
  @IsInt(WHOLE)
  @ApiProperty({
    description: 'The number after the largest, when left out',
    type: 'integer',
    minimum: 1,
    required: false,
    example: 109,
  })
  readonly product_id?: number;

  @IsString(TEXT)
  @ApiProperty({ maxLength: 200, example: 'Night market cruise' })
  readonly name!: string;

  @IsString(TEXT)
  @ApiProperty({ description: 'ISO 4217; for good', example: 'CNY' })
  readonly currency!: string;

  @IsString(TEXT)
  @ApiProperty({
    description: "IANA time zone of the product's place; for good",
    example: 'Asia/Shanghai',
  })
  readonly time_zone!: string;

  @IfSent('cutoff_hours')
  @IsInt(WHOLE)
  @ApiProperty({ ...CUTOFF, required: false, default: 0 })
  readonly cutoff_hours?: number;

  @IsNumber({}, NUMBER)
  @ApiProperty({ ...PRICE, description: 'Of a unit, Monday to Friday and without a visit date' })
  readonly weekday_price!: number;

  @IfSent('weekend_price')
  @IsNumber({}, NUMBER)
  @ApiProperty({
    ...PRICE,
    description: 'Of a unit, Saturday and Sunday; the weekday price, when left out',
    required: false,
    example: 318,
  })
  readonly weekend_price?: number;

  @IfSent('customer_discounts')
  @IsObject({ message: 'must be an object of amounts by customer type' })
  @ApiPropertyOptional({
    description: 'Taken off the unit price, by customer type. Adults and those named here may buy',
    type: 'object',
    additionalProperties: { type: 'number', minimum: 0 },
    example: { child: 100 },
  })
  readonly customer_discounts?: Readonly<Record<string, unknown>>;

  @IfSent('sellable_cap')
  @IsInt(WHOLE)
  @ApiProperty({
    description: 'Units that may be sold in all: the channel `direct` has them, unless `allocated` says otherwise',
    type: 'integer',
    minimum: 0,
    required: false,
    example: 5000,
  })
  readonly sellable_cap?: number;

  @IfSent('allocated')
  @IsObject({ message: 'must be an object of units by channel' })
  @ApiPropertyOptional({
    description: 'Units by channel; their sum is the sellable cap',
    type: 'object',
    additionalProperties: { type: 'integer', minimum: 0 },
    example: { direct: 3000, ota: 2000 },
  })
  readonly allocated?: Readonly<Record<string, unknown>>;
}

/** What is left out stays as it is. */
export class ChangeProductRequest extends Reasoned {
  @IfSent('name')
  @IsString(TEXT)
  @ApiProperty({ maxLength: 200, required: false, example: 'Night market cruise' })
  readonly name?: string;

  @IfSent('status')
  @IsString(TEXT)
  @ApiProperty({
    description: 'A retired product is sold no more; what is held or sold stays so',
    enum: PRODUCT_STATUSES,
    required: false,
    example: 'active',
  })
  readonly status?: string;

  @IfSent('cutoff_hours')
  @IsInt(WHOLE)
  @ApiProperty({ ...CUTOFF, required: false })
  readonly cutoff_hours?: number;

  @IfSent('weekday_price')
  @IsNumber({}, NUMBER)
  @ApiProperty({ ...PRICE, required: false })
  readonly weekday_price?: number;

  @IfSent('weekend_price')
  @IsNumber({}, NUMBER)
  @ApiProperty({ ...PRICE, required: false, example: 318 })
  readonly weekend_price?: number;

  @IfSent('customer_discounts')
  @IsObject({ message: 'must be an object of amounts by customer type' })
  @ApiPropertyOptional({
    description: 'Types left out keep their discount; null takes one away (RFC 7396)',
    type: 'object',
    additionalProperties: { type: 'number', minimum: 0, nullable: true },
    example: { child: 120, student: null },
  })
  readonly customer_discounts?: Readonly<Record<string, unknown>>;
}

export class ProductResponse {
  @ApiProperty({ type: 'integer', example: 109 })
  readonly product_id!: number;

  @ApiProperty({ example: 'Night market cruise' })
  readonly name!: string;

  @ApiProperty({ enum: PRODUCT_STATUSES, example: 'active' })
  readonly status!: ProductStatus;

  @ApiProperty({ description: 'ISO 4217', example: 'CNY' })
  readonly currency!: string;

  @ApiProperty({ example: 'Asia/Shanghai' })
  readonly time_zone!: string;

  @ApiProperty(CUTOFF)
  readonly cutoff_hours!: number;

  @ApiProperty(PRICE)
  readonly weekday_price!: number;

  @ApiProperty({ ...PRICE, example: 318 })
  readonly weekend_price!: number;

  @ApiProperty({
    description: 'Taken off the unit price, by customer type',
    type: 'object',
    additionalProperties: { type: 'number', minimum: 0 },
    example: { child: 100 },
  })
  readonly customer_discounts!: Readonly<Record<string, number>>;

  @ApiProperty({ format: 'date-time', example: '2026-11-26T08:00:00.000Z' })
  readonly created_at!: string;
}

export class ProductList {
  @ApiProperty({ description: 'By id', type: [ProductResponse] })
  readonly products!: readonly ProductResponse[];

  @ApiProperty(NEXT_CURSOR)
  readonly next_cursor!: string | null;
}

export const productResponse = (product: ProductRecord): Plain<ProductResponse> => ({
  product_id: product.id,
  name: product.name,
  status: product.status,
  currency: product.currency,
  time_zone: product.timeZone,
  cutoff_hours: product.cutoffHours,
  weekday_price: majorUnits(product.weekdayMinor),
  weekend_price: majorUnits(product.weekendMinor),
  customer_discounts: Object.fromEntries(
    Object.entries(product.discountsMinor)
      .sort(([a], [b]) => compareCustomerTypes(a, b))
      .map(([type, amount]) => [type, majorUnits(amount)]),
  ),
  created_at: isoInstant(product.createdAt),
});
