import { NestFactory } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

import { readConfig } from '../config/config.js';
import { DatabaseError } from '../database/database-error.js';
import { pendingMigrations } from '../database/migrations.js';
import { openDatabase } from '../database/open-database.js';
import { Reader } from '../database/reader.js';
import { databaseName } from '../database/typeorm.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { AdminKeyService } from '../desk/admin-key.service.js';
import { AllotmentService } from '../desk/allotment.service.js';
import { BalanceService } from '../desk/balance.service.js';
import { ChannelService } from '../desk/channel.service.js';
import { parseConversionQuery } from '../desk/conversion-query.js';
import { ConversionService } from '../desk/conversion.service.js';
import { DeskLogService } from '../desk/desk-log.service.js';
import { KeyService } from '../desk/key.service.js';
import { parseMoment } from '../desk/moment.js';
import { parseExportQuery, parseMovementsQuery } from '../desk/movements.query.js';
import { MovementsService } from '../desk/movements.service.js';
import type { Operator } from '../desk/operator.js';
import { PartnerService } from '../desk/partner.service.js';
import { ProductService } from '../desk/product.service.js';
import { ReleaseService } from '../desk/release.service.js';
import { SpecialDateService } from '../desk/special-date.service.js';
import { allotmentResponse } from '../inventory/allotment.dto.js';
import { parseExplanationQuery } from '../inventory/explanation.query.js';
import { ExplanationService } from '../inventory/explanation.service.js';
import { createLog, NestLog } from '../observability/log.js';
import { CliModule } from './cli.module.js';
import type { Desk } from './desk.js';
import { commandLineActor } from './operator-name.js';
import { ReconciliationRun } from './reconciliation-run.js';
import { TimedReleases } from './timed-releases.js';

/**
 * Gets the database that a start would use, and the services over it.
 *
 * @param say is told what takes a while, a line at a time
 * @throws DatabaseError, EmbeddedMysqlError, ConfigError: messages for whoever runs it
 */
export async function openDesk(environment: NodeJS.ProcessEnv, say: (line: string) => void): Promise<Desk> {
  // What a service would log is noise to whoever gave a command, unless it is a warning.
  const config = readConfig({ LOG_LEVEL: 'warn', ...environment }, process.stderr.isTTY);
  const database = await openDatabase(config, { purpose: 'command', migrate: false, demoData: false }, say);
  try {
    const log = createLog(config, process.stderr.fd);
    const app = await NestFactory.createApplicationContext(CliModule.forRoot(config, database.url, log), {
      logger: new NestLog(log),
      abortOnError: false,
    });
    const close = async (): Promise<void> => {
      await app.close();
      await database.close();
    };
    try {
      await refuseUnmigrated(app.get<DataSource>(getDataSourceToken()), database.url);
    } catch (error) {
      await app.close();
      throw error;
    }
    const operator: Operator = { actor: commandLineActor(), partnerId: undefined };
    const reconciliation = new ReconciliationRun(database.url, app.get(UnitOfWork), app.get(Reader));
    return {
      operator,
      adminKeys: app.get(AdminKeyService),
      allotments: app.get(AllotmentService),
      channels: app.get(ChannelService),
      keys: app.get(KeyService),
      log: app.get(DeskLogService),
      partners: app.get(PartnerService),
      products: app.get(ProductService),
      releases: new TimedReleases(app.get(ReleaseService), operator),
      specialDates: app.get(SpecialDateService),
      allotmentOf: async (productId) => allotmentResponse(await app.get(AllotmentService).get(productId)),
      conversion: async (query) => app.get(ConversionService).get(parseConversionQuery(query)),
      explanationOf: async (productId, query) =>
        app.get(ExplanationService).forOperator(parseExplanationQuery(String(productId), query)),
      balanceOf: async (productId, at) =>
        app.get(BalanceService).at(productId, at === undefined ? undefined : parseMoment('at', at)),
      movements: async (query) => app.get(MovementsService).list(parseMovementsQuery(query)),
      movementsCsv: (query) => app.get(MovementsService).text(parseExportQuery(query)),
      reconcile: (wish) => reconciliation.run(operator, wish, say),
      close,
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function refuseUnmigrated(source: DataSource, url: string): Promise<void> {
  const pending = await pendingMigrations((sql) => source.query(sql));
  if (pending.length === 0) return;
  throw new DatabaseError(
    `The database ${databaseName(url)} lacks ${pending.length} migrations (${pending[0] ?? ''} …): npm start runs them, and so does npm run migrate.`,
  );
}
