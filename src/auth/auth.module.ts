import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';

import { AccessAudit } from './access-audit.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeysModule } from './api-keys.module.js';
import { RateLimits } from './rate-limits.js';

@Module({
  imports: [DiscoveryModule, ApiKeysModule],
  exports: [ApiKeysModule],
  providers: [RateLimits, AccessAudit, { provide: APP_GUARD, useClass: ApiKeyGuard }],
})
export class AuthModule {}
