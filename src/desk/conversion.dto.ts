import { ApiProperty } from '@nestjs/swagger';

import { isoInstant } from '../domain/instant.js';
import type { CohortNow, CohortPart, Outcome } from '../reservation/conversion.query.js';
import { NEXT_CURSOR } from './shared.dto.js';

const share = (of: string) =>
  ({
    description: `Of ${of} that are no longer open; null when there are none`,
    type: 'number',
    nullable: true,
  }) as const;
const HOLDS = share('the holds');
const UNITS = share('the units');

/** Every hold is counted once: made = open + sold + expired + cancelled. */
class ConvertedHolds {
  @ApiProperty({ type: 'integer', description: 'Made in the period', example: 40 })
  readonly made!: number;

  @ApiProperty({ type: 'integer', description: 'Active, and not overdue', example: 4 })
  readonly open!: number;

  @ApiProperty({ type: 'integer', description: 'Activated, all of their units or some', example: 27 })
  readonly sold!: number;

  @ApiProperty({ type: 'integer', description: 'Expired, released or not', example: 6 })
  readonly expired!: number;

  @ApiProperty({ type: 'integer', description: 'Cancelled while they were held', example: 3 })
  readonly cancelled!: number;

  @ApiProperty({ type: 'integer', description: 'Of those sold: sales that were cancelled later', example: 1 })
  readonly sales_cancelled!: number;

  @ApiProperty({ ...HOLDS, example: 0.75 })
  readonly sold_share!: number | null;

  @ApiProperty({ ...HOLDS, example: 0.1667 })
  readonly expired_share!: number | null;

  @ApiProperty({ ...HOLDS, example: 0.0833 })
  readonly cancelled_share!: number | null;
}

/** Every unit is counted once: made = open + sold + returned + expired + cancelled. */
class ConvertedUnits {
  @ApiProperty({ type: 'integer', example: 100 })
  readonly made!: number;

  @ApiProperty({ type: 'integer', example: 20 })
  readonly open!: number;

  @ApiProperty({ type: 'integer', example: 60 })
  readonly sold!: number;

  @ApiProperty({ type: 'integer', description: 'Not sold when the rest of their hold was', example: 2 })
  readonly returned!: number;

  @ApiProperty({ type: 'integer', example: 12 })
  readonly expired!: number;

  @ApiProperty({ type: 'integer', example: 6 })
  readonly cancelled!: number;

  @ApiProperty({ type: 'integer', example: 2 })
  readonly sales_cancelled!: number;

  @ApiProperty({ ...UNITS, example: 0.75 })
  readonly sold_share!: number | null;

  @ApiProperty({ ...UNITS, example: 0.025 })
  readonly returned_share!: number | null;

  @ApiProperty({ ...UNITS, example: 0.15 })
  readonly expired_share!: number | null;

  @ApiProperty({ ...UNITS, example: 0.075 })
  readonly cancelled_share!: number | null;
}

class PartnerConversion {
  @ApiProperty({ example: 'partner-a' })
  readonly partner_id!: string;

  @ApiProperty({ type: ConvertedHolds })
  readonly holds!: ConvertedHolds;

  @ApiProperty({ type: ConvertedUnits })
  readonly units!: ConvertedUnits;
}

export class ConversionResponse {
  @ApiProperty({ format: 'date-time', example: '2026-11-19T00:00:00.000Z' })
  readonly from!: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-26T00:00:00.000Z' })
  readonly to!: string;

  @ApiProperty({
    description: "When this was so, by the database's clock",
    format: 'date-time',
    example: '2026-11-26T08:00:00.000Z',
  })
  readonly as_of!: string;

  @ApiProperty({ description: 'By id, those without a hold too', type: [PartnerConversion] })
  readonly partners!: readonly PartnerConversion[];

  @ApiProperty(NEXT_CURSOR)
  readonly next_cursor!: string | null;
}

/** What became of the holds of these partners. */
export function conversionOf(
  partnerIds: readonly string[],
  { now, parts }: CohortNow,
): Pick<ConversionResponse, 'as_of' | 'partners'> {
  return {
    as_of: isoInstant(now),
    partners: partnerIds.map((id) =>
      partnerConversion(
        id,
        parts.filter(({ partnerId }) => partnerId === id),
      ),
    ),
  };
}

type Count = (part: CohortPart) => number;

function partnerConversion(partnerId: string, parts: readonly CohortPart[]): PartnerConversion {
  const sum = (count: Count, ...outcomes: readonly Outcome[]): number =>
    parts.reduce((total, part) => total + (outcomes.includes(part.outcome) ? count(part) : 0), 0);
  const counts = (count: Count) => ({
    open: sum(count, 'open'),
    sold: sum(count, 'sold', 'sale_cancelled'),
    expired: sum(count, 'expired'),
    cancelled: sum(count, 'cancelled'),
    sales_cancelled: sum(count, 'sale_cancelled'),
  });
  const holds = counts((part) => part.holds);
  const units = counts(({ quantity }) => quantity);
  const returned = sum(({ unitsHeld, quantity }) => unitsHeld - quantity, 'sold', 'sale_cancelled');
  const ended = holds.sold + holds.expired + holds.cancelled;
  const unitsEnded = units.sold + returned + units.expired + units.cancelled;
  return {
    partner_id: partnerId,
    holds: {
      made: ended + holds.open,
      ...holds,
      sold_share: shareOf(holds.sold, ended),
      expired_share: shareOf(holds.expired, ended),
      cancelled_share: shareOf(holds.cancelled, ended),
    },
    units: {
      made: unitsEnded + units.open,
      ...units,
      returned,
      sold_share: shareOf(units.sold, unitsEnded),
      returned_share: shareOf(returned, unitsEnded),
      expired_share: shareOf(units.expired, unitsEnded),
      cancelled_share: shareOf(units.cancelled, unitsEnded),
    },
  };
}

/** To four decimals. */
const shareOf = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
