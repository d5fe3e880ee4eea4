import { ApiProperty } from '@nestjs/swagger';
import { IsNumber } from 'class-validator';

import { MULTIPLIER_MAX } from '../catalog/price-bounds.js';
import type { SpecialDate } from '../catalog/special-date.store.js';
import { NEXT_CURSOR, Reasoned } from './shared.dto.js';

const MULTIPLIER = {
  description: "Of every product's base price on that day",
  type: 'number',
  minimum: 0,
  maximum: MULTIPLIER_MAX,
  example: 1.5,
} as const;

export class SpecialDateRequest extends Reasoned {
  @IsNumber({}, { message: 'must be a number' })
  @ApiProperty(MULTIPLIER)
  readonly multiplier!: number;
}

export class SpecialDateResponse {
  @ApiProperty({ format: 'date', example: '2026-12-31' })
  readonly visit_date!: string;

  @ApiProperty(MULTIPLIER)
  readonly multiplier!: number;
}

export class SpecialDateList {
  @ApiProperty({ description: 'Oldest first', type: [SpecialDateResponse] })
  readonly special_dates!: readonly SpecialDateResponse[];

  @ApiProperty(NEXT_CURSOR)
  readonly next_cursor!: string | null;
}

export const specialDateResponse = ({ day, milli }: SpecialDate): SpecialDateResponse => ({
  visit_date: day,
  multiplier: milli / 1000,
});
