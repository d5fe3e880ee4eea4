import { ApiProperty } from '@nestjs/swagger';

import type { Plain } from '../contract/plain.js';
import { type Allocation, unitsFree } from '../domain/allocation.js';
import { type Allotment, versionOf } from '../domain/allotment.js';
import type { Allotted } from '../domain/decision.js';

const UNITS = { type: 'integer', minimum: 0 } as const;

/** A channel's units of a product. */
export class ShareResponse {
  @ApiProperty({ ...UNITS, description: 'Units that the channel was given', example: 2000 })
  readonly allocated!: number;

  @ApiProperty({ ...UNITS, description: 'Units of active holds', example: 50 })
  readonly reserved!: number;

  @ApiProperty({ ...UNITS, example: 200 })
  readonly sold!: number;

  @ApiProperty({ ...UNITS, description: 'Neither held nor sold', example: 1750 })
  readonly free!: number;
}

class ChannelShareResponse extends ShareResponse {
  @ApiProperty({ example: 'ota' })
  readonly channel_id!: string;
}

/** How a product's cap is split. */
export class AllotmentResponse {
  @ApiProperty({ type: 'integer', example: 106 })
  readonly product_id!: number;

  @ApiProperty({ ...UNITS, description: 'What all channels were given together', example: 5000 })
  readonly sellable_cap!: number;

  @ApiProperty({
    description: 'Of cap and allocations, which holds and sales leave alone; the ETag is this in quotes',
    example: '5000.direct-3000.ota-2000',
  })
  readonly version!: string;

  @ApiProperty({ type: [ChannelShareResponse] })
  readonly channels!: readonly ChannelShareResponse[];
}

class ChannelChangeResponse {
  @ApiProperty({ example: 'ota' })
  readonly channel_id!: string;

  @ApiProperty({
    type: 'integer',
    description: 'Units given to the channel; taken from it, when negative',
    example: -100,
  })
  readonly units!: number;

  @ApiProperty({ type: ShareResponse })
  readonly before!: ShareResponse;

  @ApiProperty({ type: ShareResponse })
  readonly after!: ShareResponse;
}

/** What a change of an allotment did, or would do. */
export class AllotmentChangeResponse {
  @ApiProperty({ description: 'Nothing was changed: this is what would happen', example: false })
  readonly dry_run!: boolean;

  @ApiProperty({
    type: [ChannelChangeResponse],
    description: 'Channels whose units change; none when all is so already',
  })
  readonly changes!: readonly ChannelChangeResponse[];

  @ApiProperty({ description: 'The allotment after it', type: AllotmentResponse })
  readonly allotment!: AllotmentResponse;
}

export const allotmentResponse = (allotment: Allotment): AllotmentResponse => ({
  product_id: allotment.productId,
  sellable_cap: allotment.sellableCap,
  version: versionOf(allotment),
  channels: [...allotment.allocations]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([channel_id, share]) => ({ channel_id, ...shareResponse(share) })),
});

export const allotmentChangeResponse = ({ dryRun, changes, after }: Allotted): AllotmentChangeResponse => ({
  dry_run: dryRun,
  changes: changes.map((change) => ({
    channel_id: change.channelId,
    units: change.after.allocated - change.before.allocated,
    before: shareResponse(change.before),
    after: shareResponse(change.after),
  })),
  allotment: allotmentResponse(after),
});

const shareResponse = (share: Allocation): Plain<ShareResponse> => ({ ...share, free: unitsFree(share) });
