import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsObject, IsString } from 'class-validator';

import { IfSent } from '../contract/if-sent.js';

const REASON = {
  description: 'For the ledger, at most 500 characters',
  required: false,
  example: 'Autumn fair',
} as const;

export class CapRequest {
  @IsInt({ message: 'must be a whole number' })
  @ApiProperty({ type: 'integer', minimum: 0, example: 5200 })
  readonly sellable_cap!: number;

  @IfSent('channel_id')
  @IsString({ message: 'must be a text' })
  @ApiProperty({
    description: 'Who gets or gives the difference',
    required: false,
    default: 'direct',
    example: 'direct',
  })
  readonly channel_id?: string;

  @IfSent('reason')
  @IsString({ message: 'must be a text' })
  @ApiProperty(REASON)
  readonly reason?: string;
}

export class AllocateRequest {
  @IsObject({ message: 'must be an object of units by channel' })
  @ApiProperty({
    description: 'Units by channel. Channels left out keep theirs; the sellable cap becomes the sum of all',
    type: 'object',
    additionalProperties: { type: 'integer', minimum: 0 },
    example: { direct: 3000, ota: 2200 },
  })
  readonly allocated!: Readonly<Record<string, unknown>>;

  @IfSent('reason')
  @IsString({ message: 'must be a text' })
  @ApiProperty(REASON)
  readonly reason?: string;
}

export class TransferRequest {
  @IsString({ message: 'must be a text' })
  @ApiProperty({ description: 'Channel that gives', example: 'ota' })
  readonly from!: string;

  @IsString({ message: 'must be a text' })
  @ApiProperty({ description: 'Channel that gets', example: 'direct' })
  readonly to!: string;

  @IsInt({ message: 'must be a whole number' })
  @ApiProperty({ type: 'integer', minimum: 1, example: 100 })
  readonly units!: number;

  @IfSent('reason')
  @IsString({ message: 'must be a text' })
  @ApiProperty(REASON)
  readonly reason?: string;
}
