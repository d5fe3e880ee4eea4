import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { ChannelEntity } from './channel.entity.js';

/** A seller, on one channel. */
@Entity('partners')
export class PartnerEntity {
  @PrimaryColumn({ type: 'varchar', length: 40, charset: 'ascii', collation: 'ascii_bin' })
  id!: string;

  @Column({ type: 'varchar', length: 200 })
  name!: string;

  @ForeignKey(() => ChannelEntity, { name: 'partners_channel', onDelete: 'RESTRICT' })
  @Column({ name: 'channel_id', type: 'varchar', length: 20, charset: 'ascii', collation: 'ascii_bin' })
  channelId!: string;

  @Column({ type: 'enum', enum: ['active', 'suspended'], default: 'active' })
  status!: 'active' | 'suspended';

  /** Largest single request, in units. */
  @Column({ name: 'quantity_max', type: 'int', unsigned: true, default: 100 })
  quantityMax!: number;

  /** Longest hold that may be asked for. */
  @Column({ name: 'hold_max_seconds', type: 'int', unsigned: true, default: 604800 })
  holdMaxSeconds!: number;

  /** Units of one product that it holds at a time; `null`: no limit, as below. */
  @Column({ name: 'held_per_product_max', type: 'int', unsigned: true, nullable: true })
  heldPerProductMax!: number | null;

  /** Units that it holds at a time, of all products. */
  @Column({ name: 'held_max', type: 'int', unsigned: true, nullable: true })
  heldMax!: number | null;

  /** How often one hold may be made to last longer. */
  @Column({ name: 'extensions_max', type: 'int', unsigned: true, nullable: true })
  extensionsMax!: number | null;

  /** Units of one product that it holds and has sold. */
  @Column({ name: 'product_quota', type: 'int', unsigned: true, nullable: true })
  productQuota!: number | null;

  /** Requests in a minute, over all keys. */
  @Column({ name: 'requests_per_minute_max', type: 'int', unsigned: true, default: 6000 })
  requestsPerMinuteMax!: number;

  @Column({ name: 'created_at', type: 'timestamp', precision: 6, default: () => 'CURRENT_TIMESTAMP(6)' })
  createdAt!: Date;
}
