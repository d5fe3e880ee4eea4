import { ApiProperty } from '@nestjs/swagger';
import { IsArray, IsBoolean, IsInt, IsString } from 'class-validator';

import { IfSent } from '../contract/if-sent.js';
import { OptionalBody } from '../contract/optional-body.js';

@OptionalBody()
export class ReconciliationRequest {
  @IfSent('repair')
  @IsBoolean({ message: 'must be true or false' })
  @ApiProperty({
    description: 'Whether counters that are off are set to what the reservations say',
    required: false,
    default: false,
    example: false,
  })
  readonly repair?: boolean;

  @IfSent('product_ids')
  @IsArray({ message: 'must be a list' })
  @IsInt({ each: true, message: 'must be whole numbers' })
  @ApiProperty({
    description: 'All products by default',
    type: 'array',
    items: { type: 'integer', minimum: 1 },
    minItems: 1,
    required: false,
    example: [106],
  })
  readonly product_ids?: readonly number[];

  @IfSent('reason')
  @IsString({ message: 'must be a text' })
  @ApiProperty({ description: 'For the ledger, at most 500 characters', required: false, example: 'Alert of 9:14' })
  readonly reason?: string;
}

const NUMBER = { type: 'integer', required: false } as const;

class DifferenceResponse {
  @ApiProperty({ type: 'integer', example: 106 })
  readonly product_id!: number;

  @ApiProperty({ type: String, nullable: true, example: 'ota' })
  readonly channel_id!: string | null;

  @ApiProperty({
    description: 'Which number is off',
    enum: ['allocated', 'reserved', 'sold', 'reserved + sold', 'allocated in all', 'movements'],
    example: 'reserved',
  })
  readonly number!: string;

  @ApiProperty({ ...NUMBER, description: 'What product_inventory says', example: 5 })
  readonly counter?: number | undefined;

  @ApiProperty({ ...NUMBER, description: 'What the reservations say', example: 3 })
  readonly rows?: number | undefined;

  @ApiProperty({ ...NUMBER, description: 'What the ledger says', example: 3 })
  readonly ledger?: number | undefined;

  @ApiProperty({ ...NUMBER, description: 'What it may be at most' })
  readonly limit?: number | undefined;
}

class RepairResponse {
  @ApiProperty({ type: 'integer', example: 106 })
  readonly product_id!: number;

  @ApiProperty({
    description:
      '`sound`: it was, by the time its row was locked. `refused`: `reasons` says what a person has to decide',
    enum: ['repaired', 'sound', 'refused', 'failed'],
    example: 'repaired',
  })
  readonly outcome!: string;

  @ApiProperty({ description: 'Lines of the ledger that say so', type: [Number], required: false, example: [412] })
  readonly movements?: readonly number[];

  @ApiProperty({ type: [String], required: false })
  readonly reasons?: readonly string[];

  @ApiProperty({ required: false, type: String })
  readonly error?: string;
}

/** What a run found, and did about it. */
export class ReconciliationReport {
  @ApiProperty({ format: 'date-time', example: '2026-11-26T09:15:00.000Z' })
  readonly started_at!: string;

  @ApiProperty({ type: Number, example: 1.4 })
  readonly seconds!: number;

  @ApiProperty({ type: 'integer', example: 3 })
  readonly products!: number;

  @ApiProperty({ type: 'integer', example: 6 })
  readonly channels!: number;

  @ApiProperty({ description: 'Nothing is off, or all of it was repaired', example: true })
  readonly sound!: boolean;

  @ApiProperty({ type: [DifferenceResponse] })
  readonly differences!: readonly DifferenceResponse[];

  @ApiProperty({ description: 'Of a run that repairs, one for each product that was off', type: [RepairResponse] })
  readonly repairs!: readonly RepairResponse[];
}

/** Where reconciliation stands. */
export class ReconciliationState {
  @ApiProperty({ description: 'Whether the instance that answers is at it', example: false })
  readonly running!: boolean;

  @ApiProperty({
    description: 'Who asked for the last run, as in the ledger; null when it was the clock, or there was none',
    type: String,
    nullable: true,
    example: 'key:12',
  })
  readonly asked_by!: string | null;

  @ApiProperty({
    description: 'Of the last run that came to its end, of any instance; null before the first',
    type: ReconciliationReport,
    nullable: true,
  })
  readonly last!: ReconciliationReport | null;
}
