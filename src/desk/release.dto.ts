import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { IsInt, IsString } from 'class-validator';

import { IfSent } from '../contract/if-sent.js';
import { OptionalBody } from '../contract/optional-body.js';
import { isoInstant, isoOrNull } from '../domain/instant.js';
import { RELEASE_STATUSES, type ReleaseStatus } from '../domain/release.js';
import { AllotmentChangeResponse } from '../inventory/allotment.dto.js';
import type { StoredRelease } from '../reservation/release.store.js';

const REASON = { description: 'For the ledger, at most 500 characters', required: false, example: 'Cut-off' } as const;

export class ScheduleRequest {
  @IsString({ message: 'must be a text' })
  @ApiProperty({ description: 'Channel that gives what it has not sold', example: 'ota' })
  readonly from!: string;

  @IsString({ message: 'must be a text' })
  @ApiProperty({ description: 'Channel that gets it', example: 'direct' })
  readonly to!: string;

  @IfSent('keep')
  @IsInt({ message: 'must be a whole number' })
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    default: 0,
    required: false,
    description: 'Free units that the channel keeps',
    example: 10,
  })
  readonly keep?: number;

  @IfSent('at')
  @IsString({ message: 'must be a text' })
  @ApiProperty({
    format: 'date-time',
    required: false,
    description: 'When: ISO 8601 with an offset. Or say it by visit_date and days_before',
    example: '2027-06-01T12:00:00+08:00',
  })
  readonly at?: string;

  @IfSent('visit_date')
  @IsString({ message: 'must be a text' })
  @ApiProperty({ format: 'date', required: false, description: 'The day of the visit', example: '2027-07-01' })
  readonly visit_date?: string;

  @IfSent('days_before')
  @IsInt({ message: 'must be a whole number' })
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    maximum: 3650,
    required: false,
    description: 'So many days before visit_date',
    example: 14,
  })
  readonly days_before?: number;

  @IfSent('local_time')
  @IsString({ message: 'must be a text' })
  @ApiProperty({
    pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
    default: '00:00',
    required: false,
    description: "The time of that day, by the clocks of the product's time zone",
    example: '18:00',
  })
  readonly local_time?: string;

  @IfSent('reason')
  @IsString({ message: 'must be a text' })
  @ApiProperty(REASON)
  readonly reason?: string;
}

@OptionalBody()
export class CancelReleaseRequest {
  @IfSent('reason')
  @IsString({ message: 'must be a text' })
  @ApiProperty({ ...REASON, description: "For the desk's log, at most 500 characters", example: 'Sells after all' })
  readonly reason?: string;
}

const orNull = { nullable: true, type: String } as const;

/** A timed release. */
export class ReleaseResponse {
  @ApiProperty({ example: 'rel_01a216f8-e34b-7445-80da-e8813f2daaee' })
  readonly release_id!: string;

  @ApiProperty({ type: 'integer', example: 106 })
  readonly product_id!: number;

  @ApiProperty({ example: 'ota' })
  readonly from!: string;

  @ApiProperty({ example: 'direct' })
  readonly to!: string;

  @ApiProperty({ type: 'integer', minimum: 0, example: 10 })
  readonly keep!: number;

  @ApiProperty({ format: 'date-time', example: '2027-06-17T10:00:00.000Z' })
  readonly due_at!: string;

  @ApiProperty({ ...orNull, format: 'date', description: 'When it was asked for by days before a visit' })
  readonly visit_date!: string | null;

  @ApiProperty({ nullable: true, type: 'integer' })
  readonly days_before!: number | null;

  @ApiProperty(orNull)
  readonly local_time!: string | null;

  @ApiProperty({ enum: RELEASE_STATUSES, example: 'scheduled' })
  readonly status!: ReleaseStatus;

  @ApiProperty(orNull)
  readonly reason!: string | null;

  @ApiProperty({ format: 'date-time' })
  readonly scheduled_at!: string;

  @ApiProperty({ example: 'key:12' })
  readonly scheduled_by!: string;

  @ApiProperty({ nullable: true, type: 'integer', minimum: 0, description: 'Units that were given, once it is done' })
  readonly units!: number | null;

  @ApiProperty({ ...orNull, format: 'date-time' })
  readonly done_at!: string | null;

  @ApiProperty({ ...orNull, format: 'date-time' })
  readonly cancelled_at!: string | null;

  @ApiProperty(orNull)
  readonly cancelled_by!: string | null;
}

/** What a release would come to. */
export class ReleasePreviewResponse {
  @ApiProperty({ enum: [true], type: Boolean, description: 'Nothing was scheduled' })
  readonly dry_run!: true;

  @ApiProperty({ format: 'date-time', description: 'When it would be carried out' })
  readonly due_at!: string;

  @ApiProperty({
    allOf: [{ $ref: getSchemaPath(AllotmentChangeResponse) }],
    type: AllotmentChangeResponse,
    description: 'What it would do if it were carried out now',
  })
  readonly change!: AllotmentChangeResponse;
}

export class ReleaseListResponse {
  @ApiProperty({ type: [ReleaseResponse] })
  readonly releases!: readonly ReleaseResponse[];

  @ApiProperty({ ...orNull, description: 'The cursor of the next page; null on the last one' })
  readonly next_cursor!: string | null;
}

export const releaseResponse = (release: StoredRelease): ReleaseResponse => ({
  release_id: release.id,
  product_id: release.productId,
  from: release.from,
  to: release.to,
  keep: release.keep,
  due_at: isoInstant(release.dueAt),
  visit_date: release.cutOff?.visitDate ?? null,
  days_before: release.cutOff?.daysBefore ?? null,
  local_time: release.cutOff?.localTime ?? null,
  status: release.status,
  reason: release.reason ?? null,
  scheduled_at: isoInstant(release.scheduledAt),
  scheduled_by: release.scheduledBy,
  units: release.units ?? null,
  done_at: isoOrNull(release.status === 'done' ? release.settledAt : undefined),
  cancelled_at: isoOrNull(release.status === 'cancelled' ? release.settledAt : undefined),
  cancelled_by: release.cancelledBy ?? null,
});
