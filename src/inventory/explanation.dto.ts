import { ApiProperty } from '@nestjs/swagger';

import type { Plain } from '../contract/plain.js';
import { explainUnits, type PartnerUnits, shareForPartners } from '../domain/explanation.js';
import { NO_UNITS } from '../domain/allotment.js';
import { isoInstant, isoOrNull } from '../domain/instant.js';
import type { NextFree, PartnerReading, RunningHold, WholeReading } from './explanation.store.js';

const UNITS = { type: 'integer', minimum: 0 } as const;
const TIME = { type: 'string', format: 'date-time' } as const;
const PRODUCT = { type: 'integer', example: 106 } as const;
const AS_OF = { ...TIME, description: 'The moment that all of this is of', example: '2026-12-24T08:00:00.000Z' };
const ON_SALE = { description: 'A retired product is not sold, whatever is free', example: true };
const NEXT_EXPIRY = { ...TIME, nullable: true, description: 'When the first of its holds ends' } as const;

class NextFreeResponse {
  @ApiProperty({ ...TIME, example: '2026-12-24T08:15:00.000Z' })
  readonly at!: string;

  @ApiProperty({ ...UNITS, description: 'Units of holds that end then', example: 20 })
  readonly units!: number;
}

class OwnHoldResponse {
  @ApiProperty({ example: 'res_01a21000-0000-7000-8000-000000000001' })
  readonly reservation_id!: string;

  @ApiProperty({ example: 'ota' })
  readonly channel_id!: string;

  @ApiProperty({ ...UNITS, example: 20 })
  readonly units!: number;

  @ApiProperty({ ...TIME, example: '2026-12-24T08:15:00.000Z' })
  readonly reserved_until!: string;
}

class HoldResponse extends OwnHoldResponse {
  @ApiProperty({ example: 'partner-a' })
  readonly partner_id!: string;
}

class OwnHoldsResponse {
  @ApiProperty({ ...UNITS, description: 'Units that you hold', example: 50 })
  readonly units!: number;

  @ApiProperty({ ...UNITS, description: 'Units of your holds that are over: you hold them no more', example: 0 })
  readonly overdue!: number;

  @ApiProperty({ ...UNITS, description: 'Number of your holds', example: 2 })
  readonly holds!: number;

  @ApiProperty({ type: [OwnHoldResponse], description: 'Those that end soonest' })
  readonly soonest!: readonly OwnHoldResponse[];
}

/** Why a product is sold out, as far as it is a partner's business. */
export class PartnerExplanation {
  @ApiProperty({ enum: ['partner'], description: 'Whom this is for' })
  readonly view!: 'partner';

  @ApiProperty(PRODUCT)
  readonly product_id!: number;

  @ApiProperty(AS_OF)
  readonly as_of!: string;

  @ApiProperty(ON_SALE)
  readonly on_sale!: boolean;

  @ApiProperty({ description: 'Yours, which you share with its other partners', example: 'ota' })
  readonly channel_id!: string;

  @ApiProperty({ ...UNITS, description: 'Units of your channel: free, held and sold together', example: 2000 })
  readonly allocated!: number;

  @ApiProperty({ ...UNITS, description: 'Units that may be reserved', example: 1750 })
  readonly free!: number;

  @ApiProperty({ ...UNITS, description: "Units held by your channel's partners", example: 50 })
  readonly held!: number;

  @ApiProperty({ ...UNITS, description: "Units sold by your channel's partners", example: 200 })
  readonly sold!: number;

  @ApiProperty({ type: OwnHoldsResponse })
  readonly own!: OwnHoldsResponse;

  @ApiProperty({ type: NextFreeResponse, nullable: true, description: 'When the first of your own holds ends' })
  readonly next_free!: NextFreeResponse | null;
}

class PartsResponse {
  @ApiProperty({ ...UNITS, description: 'Neither held nor sold', example: 1750 })
  readonly free!: number;

  @ApiProperty({ ...UNITS, description: 'Of holds that are not over', example: 30 })
  readonly held!: number;

  @ApiProperty({
    ...UNITS,
    description: 'Of holds that are over and were not taken back yet: free to whoever asks',
    example: 20,
  })
  readonly overdue!: number;

  @ApiProperty({ ...UNITS, example: 200 })
  readonly sold!: number;

  @ApiProperty({
    type: 'integer',
    description:
      'Counters say held or sold, reservations do not (below 0: the other way round). 0, or somebody wrote past the service: reconcile',
    example: 0,
  })
  readonly unaccounted!: number;
}

class ChannelPartsResponse extends PartsResponse {
  @ApiProperty({ example: 'ota' })
  readonly channel_id!: string;

  @ApiProperty({ ...UNITS, description: 'The sum of its parts', example: 2000 })
  readonly allocated!: number;

  @ApiProperty({ ...NEXT_EXPIRY, example: '2026-12-24T08:15:00.000Z' })
  readonly next_expiry!: string | null;
}

class PartnerUnitsResponse {
  @ApiProperty({ example: 'partner-a' })
  readonly partner_id!: string;

  @ApiProperty({ example: 'ota' })
  readonly channel_id!: string;

  @ApiProperty({ ...UNITS, example: 30 })
  readonly held!: number;

  @ApiProperty({ ...UNITS, description: 'Number of its holds that are not over', example: 1 })
  readonly holds!: number;

  @ApiProperty({ ...UNITS, example: 20 })
  readonly overdue!: number;

  @ApiProperty({ ...UNITS, example: 200 })
  readonly sold!: number;

  @ApiProperty({ ...NEXT_EXPIRY, example: '2026-12-24T08:15:00.000Z' })
  readonly next_expiry!: string | null;
}

/** Where every unit of a product is, for the operator. The parts sum to the cap, and each channel's to what it has. */
export class OperatorExplanation extends PartsResponse {
  @ApiProperty({ enum: ['operator'], description: 'Whom this is for' })
  readonly view!: 'operator';

  @ApiProperty(PRODUCT)
  readonly product_id!: number;

  @ApiProperty(AS_OF)
  readonly as_of!: string;

  @ApiProperty(ON_SALE)
  readonly on_sale!: boolean;

  @ApiProperty({ ...UNITS, description: 'The sum of the parts', example: 5000 })
  readonly sellable_cap!: number;

  @ApiProperty({ type: [ChannelPartsResponse] })
  readonly channels!: readonly ChannelPartsResponse[];

  @ApiProperty({ type: [PartnerUnitsResponse], description: 'Whose they are: those with most first' })
  readonly partners!: readonly PartnerUnitsResponse[];

  @ApiProperty({ type: [HoldResponse], description: 'Those that end soonest' })
  readonly soonest!: readonly HoldResponse[];

  @ApiProperty({ ...UNITS, description: 'Number of holds that are not over, listed or not', example: 1 })
  readonly holds!: number;

  @ApiProperty({ type: NextFreeResponse, nullable: true, description: 'When the first hold ends' })
  readonly next_free!: NextFreeResponse | null;
}

export function operatorExplanation(productId: number, reading: WholeReading): OperatorExplanation {
  const { channels, all } = explainUnits(reading.allocations, reading.units);
  return {
    view: 'operator',
    product_id: productId,
    as_of: isoInstant(reading.at),
    on_sale: reading.onSale,
    sellable_cap: reading.sellableCap,
    ...all,
    channels: channels.map(({ channelId, nextExpiry, ...parts }) => ({
      channel_id: channelId,
      ...parts,
      next_expiry: isoOrNull(nextExpiry),
    })),
    partners: [...reading.units].sort(mostUnitsFirst).map(({ channelId, partnerId, nextExpiry, ...units }) => ({
      partner_id: partnerId,
      channel_id: channelId,
      ...units,
      next_expiry: isoOrNull(nextExpiry),
    })),
    soonest: reading.holds.map(holdOfAnyone),
    holds: reading.units.reduce((sum, { holds }) => sum + holds, 0),
    next_free: nextFree(reading.nextFree),
  };
}

/** @returns `undefined` when the product is none of the channel's, nor has the partner holds of it */
export function partnerExplanation(
  productId: number,
  channelId: string,
  reading: PartnerReading,
): PartnerExplanation | undefined {
  const { own } = reading;
  const share = reading.allocations.get(channelId);
  if (!share && own.holds === 0 && own.overdue === 0) return undefined;
  return {
    view: 'partner',
    product_id: productId,
    as_of: isoInstant(reading.at),
    on_sale: reading.onSale,
    channel_id: channelId,
    ...shareForPartners(share ?? NO_UNITS, reading.channelOverdue),
    own: { units: own.held, overdue: own.overdue, holds: own.holds, soonest: reading.holds.map(ownHold) },
    next_free: nextFree(reading.nextFree),
  };
}

const holdOfAnyone = (hold: RunningHold): HoldResponse => ({ ...ownHold(hold), partner_id: hold.partnerId });

const ownHold = ({ id, channelId, units, expiresAt }: RunningHold): Plain<OwnHoldResponse> => ({
  reservation_id: id,
  channel_id: channelId,
  units,
  reserved_until: isoInstant(expiresAt),
});

const unitsOf = ({ held, overdue, sold }: PartnerUnits): number => held + overdue + sold;
const mostUnitsFirst = (a: PartnerUnits, b: PartnerUnits): number =>
  unitsOf(b) - unitsOf(a) || (`${a.partnerId} ${a.channelId}` < `${b.partnerId} ${b.channelId}` ? -1 : 1);
const nextFree = (next: NextFree | undefined): NextFreeResponse | null =>
  next ? { at: isoInstant(next.at), units: next.units } : null;
