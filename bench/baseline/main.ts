import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuthModule } from '../../src/auth/auth.module.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { PRIMARY_CHECK, primaryCheck } from '../../src/database/group-member.js';
import { typeormOptions } from '../../src/database/typeorm.js';
import { HealthController } from '../../src/health/health.controller.js';
import { BodyPipe } from '../../src/http/body.pipe.js';
import { ProblemFilter } from '../../src/http/problem.filter.js';
import { createLog, type Log } from '../../src/observability/log.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { fail } from '../../src/terminal.js';
import { databaseUrlOf, serve } from '../serve.js';
import { BaselineController } from './baseline.controller.js';
import { BaselineService } from './baseline.service.js';
import { DiscountEntity, InventoryEntity, ProductEntity, ReservationEntity } from './entities.js';

/** Guard, limits, validation, problems, log and metrics are the service's own; so are the connections' settings. */
@Module({})
class Baseline {
  static forRoot(settings: Config, target: Log): DynamicModule {
    return {
      module: Baseline,
      imports: [
        ConfigModule.forRoot(settings),
        ObservabilityModule.forRoot(target),
        TypeOrmModule.forRoot({
          ...typeormOptions(databaseUrlOf(settings), settings.databasePoolMax),
          autoLoadEntities: true,
        }),
        TypeOrmModule.forFeature([ProductEntity, DiscountEntity, InventoryEntity, ReservationEntity]),
        AuthModule,
      ],
      controllers: [HealthController, BaselineController],
      providers: [
        BaselineService,
        // The health asks it; of one server it asks nothing.
        { provide: PRIMARY_CHECK, useValue: primaryCheck(databaseUrlOf(settings)) },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useClass: BodyPipe },
      ],
    };
  }
}

const config = readConfig(process.env);
const log = createLog(config);

serve(Baseline.forRoot(config, log), config, log).catch(fail);
