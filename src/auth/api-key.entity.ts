import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn } from 'typeorm';

import { PartnerEntity } from './partner.entity.js';
import type { Scope } from './scopes.js';

/** A key of a partner; only its SHA-256 is kept. */
@Entity('api_keys')
export class ApiKeyEntity {
  @PrimaryGeneratedColumn({ type: 'int', unsigned: true })
  id!: number;

  @ManyToOne(() => PartnerEntity, { onDelete: 'RESTRICT', nullable: false })
  @JoinColumn({ name: 'partner_id', foreignKeyConstraintName: 'api_keys_partner' })
  partner!: PartnerEntity;

  /** The public part; keys from before have none. */
  @Index('api_keys_prefix', { unique: true })
  @Column({
    name: 'key_prefix',
    type: 'varchar',
    length: 20,
    charset: 'ascii',
    collation: 'ascii_bin',
    nullable: true,
  })
  keyPrefix!: string | null;

  @Index('api_keys_sha256', { unique: true })
  @Column({ name: 'key_sha256', type: 'binary', length: 32 })
  keySha256!: Buffer;

  @Column({ type: 'varchar', length: 100 })
  label!: string;

  @Column({ type: 'json' })
  scopes!: Scope[];

  @Column({ name: 'created_at', type: 'timestamp', precision: 6, default: () => 'CURRENT_TIMESTAMP(6)' })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamp', precision: 6, nullable: true })
  expiresAt!: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamp', precision: 6, nullable: true })
  revokedAt!: Date | null;
}
