import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';

import { REASON_MAX } from '../contract/body-faults.js';
import { IfSent } from '../contract/if-sent.js';

/** What every change may say beside itself. */
export class Reasoned {
  @IfSent('reason')
  @IsString({ message: 'must be a text' })
  @ApiProperty({
    description: "Why, for the desk's log",
    maxLength: REASON_MAX,
    required: false,
    example: 'Contract signed',
  })
  readonly reason?: string;
}

export const TEXT = { message: 'must be a text' } as const;
export const WHOLE = { message: 'must be a whole number' } as const;
export const WHOLE_OR_NULL = { message: 'must be a whole number, or null' } as const;

/** A moment that may never come. */
export const MOMENT = { type: 'string', format: 'date-time', nullable: true } as const;

export const NEXT_CURSOR = {
  description: 'Send it as cursor for the next page; null on the last one',
  type: 'string',
  nullable: true,
  example: null,
} as const;
