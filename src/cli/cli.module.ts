import { type DynamicModule, Module } from '@nestjs/common';

import { ApiKeysModule } from '../auth/api-keys.module.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import type { Config } from '../config/config.js';
import { ConfigModule } from '../config/config.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { AdminKeyService } from '../desk/admin-key.service.js';
import { AllotmentService } from '../desk/allotment.service.js';
import { BalanceService } from '../desk/balance.service.js';
import { ChannelService } from '../desk/channel.service.js';
import { ConversionService } from '../desk/conversion.service.js';
import { DeskLogService } from '../desk/desk-log.service.js';
import { DeskWriter } from '../desk/desk-writer.js';
import { KeyService } from '../desk/key.service.js';
import { LedgerReader } from '../desk/ledger.reader.js';
import { MovementsService } from '../desk/movements.service.js';
import { PartnerService } from '../desk/partner.service.js';
import { ProductService } from '../desk/product.service.js';
import { ReleaseService } from '../desk/release.service.js';
import { SpecialDateService } from '../desk/special-date.service.js';
import { ExplanationService } from '../inventory/explanation.service.js';
import type { Log } from '../observability/log.js';
import { ObservabilityModule } from '../observability/observability.module.js';
import { ReservationLanes } from '../reservation/reservation.lanes.js';
import { ReservationMetrics } from '../reservation/reservation.metrics.js';

/** The desk's services and the write path under them; no job, no route, no guard. */
@Module({})
export class CliModule {
  /** @param databaseUrl of a migrated MySQL */
  static forRoot(config: Config, databaseUrl: string, log: Log): DynamicModule {
    return {
      module: CliModule,
      imports: [
        ConfigModule.forRoot(config),
        ObservabilityModule.forRoot(log),
        DatabaseModule.forRoot(databaseUrl, CONNECTIONS_MAX),
        CatalogModule,
        ApiKeysModule,
      ],
      providers: [...WRITE_PATH, ...SERVICES],
    };
  }
}

/** By name, not by the API's modules: those bring the jobs, which would start with every command. */
const WRITE_PATH = [ReservationLanes, ReservationMetrics, DeskWriter];

const SERVICES = [
  AdminKeyService,
  AllotmentService,
  BalanceService,
  ChannelService,
  ConversionService,
  DeskLogService,
  ExplanationService,
  KeyService,
  LedgerReader,
  MovementsService,
  PartnerService,
  ProductService,
  ReleaseService,
  SpecialDateService,
];

/** Of each pool: a command does one thing after the other. */
const CONNECTIONS_MAX = 2;
