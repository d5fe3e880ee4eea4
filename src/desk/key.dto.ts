import { ApiProperty } from '@nestjs/swagger';
import { IsArray, IsInt, IsString } from 'class-validator';

import { KEY_STATUSES, type KeyRecord, type KeyStatus } from '../auth/key.store.js';
import { type Scope, SCOPES } from '../auth/scopes.js';
import { IfSent } from '../contract/if-sent.js';
import type { Plain } from '../contract/plain.js';
import { OptionalBody } from '../contract/optional-body.js';
import { isoInstant } from '../domain/instant.js';
import { MOMENT, NEXT_CURSOR, Reasoned, TEXT, WHOLE } from './shared.dto.js';

const EXPIRES_AT = {
  description: 'When it ends by itself, ISO 8601 with an offset; never, when left out',
  format: 'date-time',
  required: false,
  example: '2027-11-26T00:00:00Z',
} as const;

export class CreateKeyRequest extends Reasoned {
  @IsString(TEXT)
  @ApiProperty({ description: 'What the key is for', maxLength: 100, example: 'Booking engine, production' })
  readonly label!: string;

  @IsArray({ message: 'must be a list' })
  @IsString({ each: true, message: 'must have texts' })
  @ApiProperty({
    description: 'What it may do',
    type: [String],
    enum: SCOPES,
    example: ['inventory:read', 'reservations:read', 'reservations:write'],
  })
  readonly scopes!: readonly string[];

  @IfSent('expires_at')
  @IsString(TEXT)
  @ApiProperty(EXPIRES_AT)
  readonly expires_at?: string;
}

@OptionalBody()
export class RotateKeyRequest extends Reasoned {
  @IfSent('overlap_seconds')
  @IsInt(WHOLE)
  @ApiProperty({
    description: 'How long the old key still works; 0: no longer',
    type: 'integer',
    minimum: 0,
    maximum: 2_592_000,
    default: 86_400,
    required: false,
    example: 3600,
  })
  readonly overlap_seconds?: number;

  @IfSent('expires_at')
  @IsString(TEXT)
  @ApiProperty({ ...EXPIRES_AT, description: `Of the new key: ${EXPIRES_AT.description}` })
  readonly expires_at?: string;
}

@OptionalBody()
export class RevokeKeyRequest extends Reasoned {}

/** What may be known of a key. */
export class KeyResponse {
  @ApiProperty({ description: '`key:12` in ledger and log', type: 'integer', example: 12 })
  readonly key_id!: number;

  @ApiProperty({
    description: 'How the key begins, by which a leaked one is found; null for one that was made by hand',
    type: 'string',
    nullable: true,
    example: 'alk_7Jd0bQx2Lm',
  })
  readonly prefix!: string | null;

  @ApiProperty({ example: 'partner-a' })
  readonly partner_id!: string;

  @ApiProperty({ example: 'Booking engine, production' })
  readonly label!: string;

  @ApiProperty({ type: [String], example: ['inventory:read', 'reservations:read', 'reservations:write'] })
  readonly scopes!: readonly Scope[];

  @ApiProperty({ description: 'At this moment', enum: KEY_STATUSES, example: 'active' })
  readonly status!: KeyStatus;

  @ApiProperty({ format: 'date-time', example: '2026-11-26T08:00:00.000Z' })
  readonly created_at!: string;

  @ApiProperty({ ...MOMENT, example: '2027-11-26T00:00:00.000Z' })
  readonly expires_at!: string | null;

  @ApiProperty({ ...MOMENT, example: null })
  readonly revoked_at!: string | null;
}

/** A key that was just made. */
export class NewKeyResponse extends KeyResponse {
  @ApiProperty({
    description: 'The key itself. It is shown here and never again: only its SHA-256 is kept',
    example: 'alk_7Jd0bQx2Lm_8kQwZr3nVb5YtGh1JpXcLd6MfSa9Ue0Aa1Bb2',
  })
  readonly secret!: string;
}

export class RotatedKeyResponse {
  @ApiProperty({ description: 'The new key' })
  readonly key!: NewKeyResponse;

  @ApiProperty({ description: 'The old one, with its end' })
  readonly replaced!: KeyResponse;
}

export class KeyList {
  @ApiProperty({ description: 'Newest first', type: [KeyResponse] })
  readonly keys!: readonly KeyResponse[];

  @ApiProperty(NEXT_CURSOR)
  readonly next_cursor!: string | null;
}

export const keyResponse = (key: KeyRecord): Plain<KeyResponse> => ({
  key_id: key.id,
  prefix: key.prefix ?? null,
  partner_id: key.partnerId,
  label: key.label,
  scopes: key.scopes,
  status: key.status,
  created_at: isoInstant(key.createdAt),
  expires_at: key.expiresAt === undefined ? null : isoInstant(key.expiresAt),
  revoked_at: key.revokedAt === undefined ? null : isoInstant(key.revokedAt),
});
