import { ApiProperty } from '@nestjs/swagger';

import { isoInstant } from '../domain/instant.js';
import { type DeskLine, SUBJECT_TYPES, type SubjectType } from './desk-log.store.js';
import { NEXT_CURSOR } from './shared.dto.js';

/** A line of the desk's log. */
class DeskLineResponse {
  @ApiProperty({ example: '019ab0c4-8a00-7000-8000-000000000001' })
  readonly id!: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-26T08:00:00.000Z' })
  readonly occurred_at!: string;

  @ApiProperty({ description: 'Who: a key by its id, or a user of the command line', example: 'key:12' })
  readonly actor!: string;

  @ApiProperty({ example: 'partner.suspended' })
  readonly action!: string;

  @ApiProperty({ description: 'What it was done to', enum: SUBJECT_TYPES, example: 'partner' })
  readonly subject_type!: SubjectType;

  @ApiProperty({ example: 'sea-tours' })
  readonly subject_id!: string;

  @ApiProperty({ type: 'string', nullable: true, example: 'Invoice overdue' })
  readonly reason!: string | null;

  @ApiProperty({
    description: 'What was made, or what changed and from what to what. Never a key',
    type: 'object',
    additionalProperties: true,
    example: { status: { from: 'active', to: 'suspended' } },
  })
  readonly details!: Readonly<Record<string, unknown>>;
}

export class DeskLogPage {
  @ApiProperty({ description: 'Newest first', type: [DeskLineResponse] })
  readonly lines!: readonly DeskLineResponse[];

  @ApiProperty(NEXT_CURSOR)
  readonly next_cursor!: string | null;
}

export const deskLineResponse = ({
  id,
  occurredAt,
  actor,
  action,
  subject,
  reason,
  details,
}: DeskLine): DeskLineResponse => ({
  id,
  occurred_at: isoInstant(occurredAt),
  actor,
  action,
  subject_type: subject.type,
  subject_id: subject.id,
  reason: reason ?? null,
  details,
});
