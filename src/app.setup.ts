import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { addBodyParsers, addHooks, createAdapter } from './http/server.js';
import { setUpSwagger } from './http/swagger.js';
import { HttpMetrics } from './observability/http-metrics.js';
import { type Log, NestLog } from './observability/log.js';
import { RequestTracker } from './observability/request-tracker.js';

/**
 * The whole app, ready to listen: the same for main and for the tests.
 *
 * @param databaseUrl of a MySQL as `openDatabase` leaves it
 */
export async function createApp(config: Config, databaseUrl: string, log: Log): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config, databaseUrl, log),
    createAdapter(config),
    { logger: new NestLog(log), bodyParser: false, abortOnError: false },
  );
  addBodyParsers(app, config);
  addHooks(app, { config, log, requests: app.get(RequestTracker), metrics: app.get(HttpMetrics) });
  setUpSwagger(app, config);
  await app.init();
  return app;
}

/** Requests in flight are answered, new ones get 503, then everything is closed. @returns false when time ran out */
export async function stopApp(app: NestFastifyApplication, { shutdownMaxSeconds }: Config): Promise<boolean> {
  const drained = await app.get(RequestTracker).drain(shutdownMaxSeconds * 1000);
  await app.close();
  return drained;
}
