import { ApiProperty } from '@nestjs/swagger';

import { ShareResponse } from '../inventory/allotment.dto.js';

const WHY_UNKNOWN = ['archived', 'no_line'] as const;
export type WhyUnknown = (typeof WHY_UNKNOWN)[number];

class ChannelBalanceResponse extends ShareResponse {
  @ApiProperty({ example: 'ota' })
  readonly channel_id!: string;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'The line that says so', example: 6 })
  readonly seq!: number;

  @ApiProperty({ format: 'date-time', description: 'When it was written', example: '2026-12-24T08:00:00.000000Z' })
  readonly since!: string;
}

class UnknownBalanceResponse {
  @ApiProperty({ example: 'direct' })
  readonly channel_id!: string;

  @ApiProperty({
    enum: WHY_UNKNOWN,
    description:
      '`archived`: lines of that time are in the archive; `no_line`: the ledger begins later, as the units were entered past the service',
    example: 'archived',
  })
  readonly why!: WhyUnknown;
}

/** What a product's channels had at a moment, from the ledger alone. */
export class BalanceResponse {
  @ApiProperty({ type: 'integer', example: 106 })
  readonly product_id!: number;

  @ApiProperty({ format: 'date-time', example: '2026-12-24T08:30:00.000000Z' })
  readonly at!: string;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Number of the last line at or before that moment; 0: there was none',
    example: 6,
  })
  readonly seq!: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    nullable: true,
    description: 'What the channels had together; null when that of one is not known',
    example: 5000,
  })
  readonly sellable_cap!: number | null;

  @ApiProperty({ type: [ChannelBalanceResponse], description: 'Those that had been given units by then' })
  readonly channels!: readonly ChannelBalanceResponse[];

  @ApiProperty({
    type: [UnknownBalanceResponse],
    description: 'Those whose balances the ledger does not tell any more',
  })
  readonly unknown!: readonly UnknownBalanceResponse[];
}
