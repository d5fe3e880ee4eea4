import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { addBodyParsers, addHooks, createAdapter } from './http/server.js';
import { setUpSwagger } from './http/swagger.js';
import { HttpMetrics } from './observability/http-metrics.js';
import { type Log, NestLog } from './observability/log.js';
import { RequestTracker } from './observability/request-tracker.js';
import { OpsServer } from './ops/ops-server.js';

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

/** An app that can't listen is closed: its pools and timers would keep the process. @returns the port of the metrics, if they have one */
export async function listen(app: NestFastifyApplication, { port, host }: Config): Promise<number | undefined> {
  try {
    await app.listen(port, host);
    return await app.get(OpsServer).listen();
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Requests in flight are answered, new ones get 503, then everything is closed. @returns false when time ran out */
export async function stopApp(app: NestFastifyApplication, { shutdownMaxSeconds }: Config): Promise<boolean> {
  const drained = await app.get(RequestTracker).drain(shutdownMaxSeconds * 1000);
  await app.close();
  return drained;
}
