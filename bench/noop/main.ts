import { Module } from '@nestjs/common';

import { AppModule } from '../../src/app.module.js';
import { readConfig } from '../../src/config/config.js';
import { createLog } from '../../src/observability/log.js';
import { fail } from '../../src/terminal.js';
import { databaseUrlOf, serve } from '../serve.js';
import { NoopController } from './noop.controller.js';

/** The service, with two routes more. */
@Module({})
class ServiceWithNoop {}

const config = readConfig(process.env);
const log = createLog(config);

serve(
  {
    module: ServiceWithNoop,
    imports: [AppModule.forRoot(config, databaseUrlOf(config), log)],
    controllers: [NoopController],
  },
  config,
  log,
).catch(fail);
