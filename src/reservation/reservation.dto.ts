import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, ValidateIf } from 'class-validator';

import type { ReservationStatus } from '../domain/reservation.js';

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

  @ValidateIf((body: ReserveRequest) => body.reservation_expires_at !== undefined)
  @IsString({ message: 'must be a text' })
  @ApiProperty({
    description: 'Custom expiry, ISO 8601 with an offset; by default 24 h from now',
    format: 'date-time',
    required: false,
    example: '2026-12-24T14:30:00+08:00',
  })
  readonly reservation_expires_at?: string;
}

class PricingSnapshotResponse {
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
  @ApiProperty({ description: 'Unique reservation identifier', example: 'res_019ab0c2-6a3e-7c5f-9d1b-2f6e8a4c0d17' })
  readonly reservation_id!: string;

  @ApiProperty({ description: 'Package product being reserved', type: 'integer', example: 106 })
  readonly product_id!: number;

  @ApiProperty({ description: 'Sales channel', example: 'ota' })
  readonly channel_id!: string;

  @ApiProperty({ description: 'Number of units reserved', type: 'integer', example: 50 })
  readonly quantity!: number;

  @ApiProperty({ enum: ['active', 'expired', 'activated', 'cancelled'], example: 'active' })
  readonly status!: ReservationStatus;

  @ApiProperty({
    description: 'When the reservation expires',
    format: 'date-time',
    example: '2026-12-24T06:30:00.000Z',
  })
  readonly expires_at!: string;

  @ApiProperty({
    description: 'When the reservation was created',
    format: 'date-time',
    example: '2026-12-23T06:30:00.000Z',
  })
  readonly created_at!: string;
}

export class ReserveResponse extends ChannelReservation {
  @ApiProperty({
    description: 'The same instant as expires_at',
    format: 'date-time',
    example: '2026-12-24T06:30:00.000Z',
  })
  readonly reserved_until!: string;

  @ApiProperty({ description: 'Prices as they were when the units were reserved' })
  readonly pricing_snapshot!: PricingSnapshotResponse;
}
