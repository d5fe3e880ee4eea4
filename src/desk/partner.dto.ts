import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString } from 'class-validator';

import { IfSent, IfSomeSent } from '../contract/if-sent.js';
import type { Plain } from '../contract/plain.js';
import { isoInstant } from '../domain/instant.js';
import { PARTNER_LIMITS, type PartnerLimit, type PartnerLimits } from '../partner/partner-limits.js';
import { PARTNER_STATUSES, type PartnerRecord, type PartnerStatus } from '../partner/partner.store.js';
import { KeyResponse } from './key.dto.js';
import { NEXT_CURSOR, Reasoned, TEXT, WHOLE, WHOLE_OR_NULL } from './shared.dto.js';

const DESCRIPTIONS: Readonly<Record<PartnerLimit, string>> = {
  quantity_max: 'Largest single request, in units',
  hold_max_seconds: 'Longest hold that may be asked for',
  held_per_product_max: 'Units of one product that it may hold at a time',
  held_max: 'Units of all products that it may hold at a time',
  product_quota: 'Units of one product that it may hold and have sold',
  extensions_max: 'How often one hold may be made to last longer',
  requests_per_minute_max: 'Requests in a minute, over all keys',
};

/** How the document shows a limit in an answer. */
const shown = (name: PartnerLimit) =>
  ({
    description: PARTNER_LIMITS[name].initial === null ? `${DESCRIPTIONS[name]}; null: no limit` : DESCRIPTIONS[name],
    type: 'integer',
    nullable: PARTNER_LIMITS[name].initial === null,
    example: PARTNER_LIMITS[name].initial,
  }) as const;

/** How it shows one in a body. */
const asked = (name: PartnerLimit) =>
  ({
    ...shown(name),
    minimum: PARTNER_LIMITS[name].min,
    maximum: PARTNER_LIMITS[name].max,
    required: false,
  }) as const;

/** Limits that a body may name; those left out stay, or are the initial ones. */
class PartnerLimitsRequest extends Reasoned implements Partial<PartnerLimits> {
  @IfSent('quantity_max')
  @IsInt(WHOLE)
  @ApiProperty(asked('quantity_max'))
  readonly quantity_max?: number;

  @IfSent('hold_max_seconds')
  @IsInt(WHOLE)
  @ApiProperty(asked('hold_max_seconds'))
  readonly hold_max_seconds?: number;

  @IfSomeSent('held_per_product_max')
  @IsInt(WHOLE_OR_NULL)
  @ApiProperty(asked('held_per_product_max'))
  readonly held_per_product_max?: number | null;

  @IfSomeSent('held_max')
  @IsInt(WHOLE_OR_NULL)
  @ApiProperty(asked('held_max'))
  readonly held_max?: number | null;

  @IfSomeSent('product_quota')
  @IsInt(WHOLE_OR_NULL)
  @ApiProperty(asked('product_quota'))
  readonly product_quota?: number | null;

  @IfSomeSent('extensions_max')
  @IsInt(WHOLE_OR_NULL)
  @ApiProperty(asked('extensions_max'))
  readonly extensions_max?: number | null;

  @IfSent('requests_per_minute_max')
  @IsInt(WHOLE)
  @ApiProperty(asked('requests_per_minute_max'))
  readonly requests_per_minute_max?: number;
}

class PartnerLimitsResponse implements PartnerLimits {
  @ApiProperty(shown('quantity_max'))
  readonly quantity_max!: number;

  @ApiProperty(shown('hold_max_seconds'))
  readonly hold_max_seconds!: number;

  @ApiProperty(shown('held_per_product_max'))
  readonly held_per_product_max!: number | null;

  @ApiProperty(shown('held_max'))
  readonly held_max!: number | null;

  @ApiProperty(shown('product_quota'))
  readonly product_quota!: number | null;

  @ApiProperty(shown('extensions_max'))
  readonly extensions_max!: number | null;

  @ApiProperty(shown('requests_per_minute_max'))
  readonly requests_per_minute_max!: number;
}

export class CreatePartnerRequest extends PartnerLimitsRequest {
  @IsString(TEXT)
  @ApiProperty({ description: 'For good: reservations and the ledger name it', example: 'sea-tours' })
  readonly partner_id!: string;

  @IsString(TEXT)
  @ApiProperty({ maxLength: 200, example: 'Sea Tours Ltd.' })
  readonly name!: string;

  @IsString(TEXT)
  @ApiProperty({ description: 'Whose units it sells; for good', example: 'ota' })
  readonly channel_id!: string;
}

/** What is left out stays as it is. */
export class ChangePartnerRequest extends PartnerLimitsRequest {
  @IfSent('name')
  @IsString(TEXT)
  @ApiProperty({ maxLength: 200, required: false, example: 'Sea Tours Ltd.' })
  readonly name?: string;

  @IfSent('status')
  @IsString(TEXT)
  @ApiProperty({
    description: 'The keys of a suspended partner open nothing; its holds and sales stay',
    enum: PARTNER_STATUSES,
    required: false,
    example: 'suspended',
  })
  readonly status?: string;
}

export class PartnerResponse extends PartnerLimitsResponse {
  @ApiProperty({ example: 'sea-tours' })
  readonly partner_id!: string;

  @ApiProperty({ example: 'Sea Tours Ltd.' })
  readonly name!: string;

  @ApiProperty({ example: 'ota' })
  readonly channel_id!: string;

  @ApiProperty({ enum: PARTNER_STATUSES, example: 'active' })
  readonly status!: PartnerStatus;

  @ApiProperty({ format: 'date-time', example: '2026-11-26T08:00:00.000Z' })
  readonly created_at!: string;
}

export class PartnerWithKeysResponse extends PartnerResponse {
  @ApiProperty({
    description: 'Keys that work, newest first, at most 200; GET /api/admin/keys?partner_id= lists all',
    type: [KeyResponse],
  })
  readonly keys!: readonly KeyResponse[];
}

export class PartnerList {
  @ApiProperty({ description: 'By id', type: [PartnerResponse] })
  readonly partners!: readonly PartnerResponse[];

  @ApiProperty(NEXT_CURSOR)
  readonly next_cursor!: string | null;
}

export const partnerResponse = (partner: PartnerRecord): Plain<PartnerResponse> => ({
  partner_id: partner.id,
  name: partner.name,
  channel_id: partner.channelId,
  status: partner.status,
  ...partner.limits,
  created_at: isoInstant(partner.createdAt),
});
