import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { ApiKeyEntity } from './api-key.entity.js';
import { ApiKeys } from './api-keys.service.js';
import { ChannelEntity } from './channel.entity.js';
import { PartnerEntity } from './partner.entity.js';

/** What is known of keys, for whoever lets in, and for whoever changes them. */
@Module({
  imports: [TypeOrmModule.forFeature([PartnerEntity, ApiKeyEntity, ChannelEntity])],
  providers: [ApiKeys],
  exports: [ApiKeys],
})
export class ApiKeysModule {}
