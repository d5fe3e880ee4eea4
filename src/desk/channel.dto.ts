import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';

import { isoInstant } from '../domain/instant.js';
import type { ChannelRecord } from '../partner/channel.store.js';
import { NEXT_CURSOR, Reasoned, TEXT } from './shared.dto.js';

export class CreateChannelRequest extends Reasoned {
  @IsString(TEXT)
  @ApiProperty({ description: 'For good: the ledger names it', example: 'corporate' })
  readonly channel_id!: string;

  @IsString(TEXT)
  @ApiProperty({ maxLength: 200, example: 'Corporate customers' })
  readonly name!: string;
}

export class RenameChannelRequest extends Reasoned {
  @IsString(TEXT)
  @ApiProperty({ maxLength: 200, example: 'Corporate customers' })
  readonly name!: string;
}

export class ChannelResponse {
  @ApiProperty({ example: 'corporate' })
  readonly channel_id!: string;

  @ApiProperty({ example: 'Corporate customers' })
  readonly name!: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-26T08:00:00.000Z' })
  readonly created_at!: string;
}

export class ChannelList {
  @ApiProperty({ description: 'By id', type: [ChannelResponse] })
  readonly channels!: readonly ChannelResponse[];

  @ApiProperty(NEXT_CURSOR)
  readonly next_cursor!: string | null;
}

export const channelResponse = ({ id, name, createdAt }: ChannelRecord): ChannelResponse => ({
  channel_id: id,
  name,
  created_at: isoInstant(createdAt),
});
