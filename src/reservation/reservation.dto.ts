import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsObject, IsString, ValidateNested } from 'class-validator';

import { IfSent } from '../contract/if-sent.js';
import { OptionalBody } from '../contract/optional-body.js';
import type { ReservationStatus } from '../domain/reservation.js';
import { PriceLineResponse } from '../inventory/quote.dto.js';

/** Shapes and JSON types only (400); what is acceptable is the domain's to say (409, 422). */
export class ReserveRequest {
  @IsInt({ message: 'must be a whole number' })
  @ApiProperty({ description: 'Package product ID to reserve', type: 'integer', example: 106 })
  readonly product_id!: number;

  @IsInt({ message: 'must be a whole number' })
  @ApiProperty({
    description: 'Number of package units to reserve; the upper limit is a setting of the partner',
    type: 'integer',
    minimum: 1,
    maximum: 100,
    example: 50,
  })
  readonly quantity!: number;

  @IfSent('reservation_expires_at')
  @IsString({ message: 'must be a text' })
  @ApiProperty({
    description: 'Optional custom expiry (default 24h), ISO 8601 with an offset',
    format: 'date-time',
    required: false,
    example: '2025-11-04T14:30:00+08:00',
  })
  readonly reservation_expires_at?: string;
}

class GuestsRequest {
  @IsString({ message: 'must be a text' })
  @ApiProperty({ description: "One of the product's customer types", example: 'adult' })
  readonly customer_type!: string;

  @IsInt({ message: 'must be a whole number' })
  @ApiProperty({ type: 'integer', minimum: 1, example: 2 })
  readonly quantity!: number;
}

@OptionalBody()
export class ActivateRequest {
  @IfSent('quantity')
  @IsInt({ message: 'must be a whole number' })
  @ApiProperty({
    description: 'Units to sell; all that are held by default',
    type: 'integer',
    minimum: 1,
    required: false,
    example: 3,
  })
  readonly quantity?: number;

  @IfSent('visit_date')
  @IsString({ message: 'must be a text' })
  @ApiProperty({
    description: 'Day of the visit, in the time zone of the product',
    format: 'date',
    required: false,
    example: '2026-12-31',
  })
  readonly visit_date?: string;

  @IfSent('guests')
  @IsArray({ message: 'must be a list' })
  @IsObject({ each: true, message: 'must have objects' })
  @ValidateNested({ each: true })
  @Type(() => GuestsRequest)
  @ApiProperty({ description: 'For whom the units are; all adults by default', type: [GuestsRequest], required: false })
  readonly guests?: GuestsRequest[];

  @IfSent('external_reference')
  @IsString({ message: 'must be a text' })
  @ApiProperty({ description: 'Your own booking number', maxLength: 100, required: false, example: 'BK-4711' })
  readonly external_reference?: string;
}

export class ExtendRequest {
  @IsString({ message: 'must be a text' })
  @ApiProperty({
    description: 'New expiry, ISO 8601 with an offset',
    format: 'date-time',
    example: '2025-11-05T14:30:00+08:00',
  })
  readonly reservation_expires_at!: string;
}

@OptionalBody()
export class CancelRequest {
  @IfSent('reason')
  @IsString({ message: 'must be a text' })
  @ApiProperty({
    description: 'Kept with the reservation',
    maxLength: 500,
    required: false,
    example: 'Customer withdrew',
  })
  readonly reason?: string;
}

export class PricingSnapshotResponse {
  @ApiProperty({ description: 'Weekday price of a unit', example: 288 })
  readonly base_price!: number;

  @ApiProperty({ description: 'Added on a weekend', example: 30 })
  readonly weekend_premium!: number;

  @ApiProperty({
    description: 'Taken off the unit price, by customer type',
    type: 'object',
    additionalProperties: { type: 'number', minimum: 0 },
    example: { child: 100, elderly: 50, student: 50 },
  })
  readonly customer_discounts!: Readonly<Record<string, number>>;

  @ApiProperty({ description: 'ISO 4217', example: 'CNY' })
  readonly currency!: string;
}

export class ChannelReservation {
  @ApiProperty({ description: 'Unique reservation identifier', example: 'res_67890' })
  readonly reservation_id!: string;

  @ApiProperty({ description: 'Package product being reserved', type: 'integer', example: 106 })
  readonly product_id!: number;

  @ApiProperty({ description: 'Sales channel (e.g., "ota")', example: 'ota' })
  readonly channel_id!: string;

  @ApiProperty({ description: 'Number of units reserved', type: 'integer', example: 50 })
  readonly quantity!: number;

  @ApiProperty({
    description: 'Current reservation status',
    enum: ['active', 'expired', 'activated', 'cancelled'],
    example: 'active',
  })
  readonly status!: ReservationStatus;

  @ApiProperty({
    description: 'When the reservation expires',
    format: 'date-time',
    example: '2025-11-04T06:30:00.000Z',
  })
  readonly expires_at!: string;

  @ApiProperty({
    description: 'When the reservation was created',
    format: 'date-time',
    example: '2025-11-03T06:30:00.000Z',
  })
  readonly created_at!: string;
}

export class ReserveResponse extends ChannelReservation {
  @ApiProperty({
    description: 'Reservation expiry timestamp: the same instant as expires_at',
    format: 'date-time',
    example: '2025-11-04T06:30:00.000Z',
  })
  readonly reserved_until!: string;

  @ApiProperty({ description: 'Prices as they were when the units were reserved' })
  readonly pricing_snapshot!: PricingSnapshotResponse;
}

export class OrderResponse {
  @ApiProperty({ type: 'integer', example: 8 })
  readonly order_id!: number;

  @ApiProperty({ enum: ['confirmed', 'cancelled'], example: 'confirmed' })
  readonly status!: 'confirmed' | 'cancelled';

  @ApiProperty({ type: 'string', format: 'date', nullable: true, example: '2026-12-31' })
  readonly visit_date!: string | null;

  @ApiProperty({ type: 'string', nullable: true, example: 'BK-4711' })
  readonly external_reference!: string | null;

  @ApiProperty({ description: 'ISO 4217', example: 'CNY' })
  readonly currency!: string;

  @ApiProperty({ example: 576 })
  readonly total_amount!: number;

  @ApiProperty({ type: [PriceLineResponse] })
  readonly lines!: PriceLineResponse[];
}

/** `nullable` beside a reference allows nothing: OpenAPI 3.0.3 gives it a meaning only beside a type. */
const NOTHING = { type: 'object', nullable: true, enum: [null] };

@ApiExtraModels(OrderResponse)
export class ReservationResponse extends ChannelReservation {
  @ApiProperty({
    description: 'Units held at first; quantity is what is held now, or was sold',
    type: 'integer',
    example: 50,
  })
  readonly quantity_held!: number;

  @ApiProperty({ description: 'How often it was extended', type: 'integer', example: 0 })
  readonly extensions!: number;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: null })
  readonly activated_at!: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: null })
  readonly cancelled_at!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, example: null })
  readonly order_id!: number | null;

  @ApiProperty({
    description: 'What it became, once activated',
    anyOf: [{ $ref: getSchemaPath(OrderResponse) }, NOTHING],
  })
  readonly order!: OrderResponse | null;

  @ApiProperty({ description: 'Prices as they were when the units were reserved' })
  readonly pricing_snapshot!: PricingSnapshotResponse;
}

export class ReservationList {
  @ApiProperty({ description: 'Newest first', type: [ChannelReservation] })
  readonly reservations!: ChannelReservation[];

  @ApiProperty({
    description: 'Send it as cursor for the next page; null on the last one',
    type: 'string',
    nullable: true,
  })
  readonly next_cursor!: string | null;
}
