import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn } from 'typeorm';

import type { StoredAllocations } from '../../src/domain/allocation.js';
import type { PricingSnapshot } from '../../src/domain/pricing.js';
import type { ReservationStatus } from '../../src/domain/reservation.js';

/** The service's tables, as a textbook maps them. */

@Entity('products')
export class ProductEntity {
  @PrimaryColumn({ type: 'int' })
  id!: number;

  @Column({ type: 'enum', enum: ['active', 'retired'] })
  status!: 'active' | 'retired';

  @Column({ type: 'char', length: 3 })
  currency!: string;

  @Column({ name: 'time_zone', type: 'varchar' })
  timeZone!: string;

  @Column({ name: 'cutoff_hours', type: 'int' })
  cutoffHours!: number;

  @Column({ name: 'weekday_price', type: 'decimal' })
  weekdayPrice!: string;

  @Column({ name: 'weekend_price', type: 'decimal' })
  weekendPrice!: string;

  @OneToMany(() => DiscountEntity, (discount) => discount.product)
  discounts!: DiscountEntity[];
}

@Entity('customer_discounts')
export class DiscountEntity {
  @PrimaryColumn({ name: 'product_id', type: 'int' })
  productId!: number;

  @PrimaryColumn({ name: 'customer_type', type: 'varchar' })
  customerType!: string;

  @Column({ type: 'decimal' })
  amount!: string;

  @ManyToOne(() => ProductEntity, (product) => product.discounts)
  @JoinColumn({ name: 'product_id' })
  product!: ProductEntity;
}

@Entity('product_inventory')
export class InventoryEntity {
  @PrimaryColumn({ name: 'product_id', type: 'int' })
  productId!: number;

  @Column({ name: 'channel_allocations', type: 'json' })
  allocations!: StoredAllocations;
}

@Entity('channel_reservations')
export class ReservationEntity {
  @PrimaryColumn({ name: 'reservation_id', type: 'varchar' })
  id!: string;

  @Column({ name: 'product_id', type: 'int' })
  productId!: number;

  @Column({ name: 'channel_id', type: 'varchar' })
  channelId!: string;

  @Column({ name: 'partner_id', type: 'varchar' })
  partnerId!: string;

  @Column({ type: 'int' })
  quantity!: number;

  @Column({ name: 'quantity_held', type: 'int' })
  quantityHeld!: number;

  @Column({ type: 'enum', enum: ['active', 'expired', 'activated', 'cancelled'] })
  status!: ReservationStatus;

  @Column({ name: 'expires_at', type: 'timestamp', precision: 6 })
  expiresAt!: Date;

  @Column({ name: 'created_at', type: 'timestamp', precision: 6 })
  createdAt!: Date;

  @Column({ name: 'pricing_snapshot', type: 'json' })
  pricing!: PricingSnapshot;
}
