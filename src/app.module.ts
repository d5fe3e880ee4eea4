import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';

import { AuthModule } from './auth/auth.module.js';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DeskModule } from './desk/desk.module.js';
import { HealthController } from './health/health.controller.js';
import { BodyPipe } from './http/body.pipe.js';
import { ProblemFilter } from './http/problem.filter.js';
import { InventoryModule } from './inventory/inventory.module.js';
import type { Log } from './observability/log.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { OpsModule } from './ops/ops.module.js';
import { ReconciliationModule } from './reconciliation/reconciliation.module.js';
import { ReservationModule } from './reservation/reservation.module.js';

/** The composition root. */
@Module({})
export class AppModule {
  /** @param databaseUrl of a migrated MySQL */
  static forRoot(config: Config, databaseUrl: string, log: Log): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        ObservabilityModule.forRoot(log),
        DatabaseModule.forRoot(databaseUrl, config.databasePoolMax),
        ScheduleModule.forRoot(),
        AuthModule,
        InventoryModule,
        ReservationModule,
        ReconciliationModule,
        DeskModule,
        OpsModule,
      ],
      controllers: [HealthController],
      providers: [
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useClass: BodyPipe },
      ],
    };
  }
}
