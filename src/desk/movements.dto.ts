import { ApiProperty } from '@nestjs/swagger';

import type { LedgerLine } from '../events/movement.query.js';
import { csvLine, type Field } from './csv.js';
import { isoMoment } from './moment.js';
import { KINDS } from './movements.query.js';

const UNITS = { type: 'integer', minimum: 0 } as const;

/** A line of the ledger. Balances are the channel's after it. */
class MovementResponse {
  @ApiProperty({ type: 'integer', example: 106 })
  readonly product_id!: number;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'Counts up by one within a product', example: 4 })
  readonly seq!: number;

  @ApiProperty({ format: 'date-time', description: 'To the microsecond', example: '2026-12-24T08:00:00.000000Z' })
  readonly occurred_at!: string;

  @ApiProperty({ example: 'ota' })
  readonly channel_id!: string;

  @ApiProperty({ enum: KINDS, example: 'reserved' })
  readonly kind!: string;

  @ApiProperty({ ...UNITS, example: 20 })
  readonly units!: number;

  @ApiProperty({ type: String, nullable: true, example: 'res_01a21000-0000-7000-8000-000000000001' })
  readonly reservation_id!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'partner-a' })
  readonly partner_id!: string | null;

  @ApiProperty({ ...UNITS, example: 2000 })
  readonly allocated!: number;

  @ApiProperty({ ...UNITS, example: 20 })
  readonly reserved!: number;

  @ApiProperty({ ...UNITS, example: 200 })
  readonly sold!: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Who caused it; nobody, when a job did',
    example: 'key:12',
  })
  readonly actor!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly reason!: string | null;
}

/** A page of the ledger. */
export class MovementList {
  @ApiProperty({ type: [MovementResponse] })
  readonly movements!: readonly MovementResponse[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'For the next page; null after the last. A page may be short, or empty, and have one all the same',
  })
  readonly next_cursor!: string | null;
}

export const movementResponse = (line: LedgerLine): MovementResponse => ({
  product_id: line.productId,
  seq: line.seq,
  occurred_at: isoMoment(line.occurredAt),
  channel_id: line.channelId,
  kind: line.kind,
  units: line.units,
  reservation_id: line.reservationId ?? null,
  partner_id: line.partnerId ?? null,
  allocated: line.allocated,
  reserved: line.reserved,
  sold: line.sold,
  actor: line.actor ?? null,
  reason: line.reason ?? null,
});

/** Name and content of each column of a file, in its order. */
const COLUMNS: readonly (readonly [name: string, of: (line: LedgerLine) => Field])[] = [
  ['product_id', (line) => line.productId],
  ['seq', (line) => line.seq],
  ['occurred_at', (line) => isoMoment(line.occurredAt)],
  ['channel_id', (line) => line.channelId],
  ['kind', (line) => line.kind],
  ['units', (line) => line.units],
  ['reservation_id', (line) => line.reservationId],
  ['partner_id', (line) => line.partnerId],
  ['allocated', (line) => line.allocated],
  ['reserved', (line) => line.reserved],
  ['sold', (line) => line.sold],
  ['actor', (line) => line.actor],
  ['reason', (line) => line.reason],
];

export const CSV_HEADER = csvLine(COLUMNS.map(([name]) => name));

export const csvOf = (lines: readonly LedgerLine[]): string =>
  lines.map((line) => csvLine(COLUMNS.map(([, of]) => of(line)))).join('');
