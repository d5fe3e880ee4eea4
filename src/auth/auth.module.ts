import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AccessAudit } from './access-audit.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeys } from './api-keys.service.js';
import { ChannelEntity } from './channel.entity.js';
import { PartnerEntity } from './partner.entity.js';
import { RateLimits } from './rate-limits.js';

@Module({
  imports: [DiscoveryModule, TypeOrmModule.forFeature([ChannelEntity, PartnerEntity, ApiKeyEntity])],
  exports: [ApiKeys],
  providers: [ApiKeys, RateLimits, AccessAudit, { provide: APP_GUARD, useClass: ApiKeyGuard }],
})
export class AuthModule {}
