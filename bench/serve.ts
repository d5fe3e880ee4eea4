import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { stopApp } from '../src/app.setup.js';
import type { Config } from '../src/config/config.js';
import { addBodyParsers, addHooks, createAdapter } from '../src/http/server.js';
import { HttpMetrics } from '../src/observability/http-metrics.js';
import { type Log, NestLog } from '../src/observability/log.js';
import { RequestTracker } from '../src/observability/request-tracker.js';

/** Listens with another root module than the product's, and all of the product's HTTP around it. Until SIGTERM. */
export async function serve(root: DynamicModule, config: Config, log: Log): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(root, createAdapter(config), {
    logger: new NestLog(log),
    bodyParser: false,
    abortOnError: false,
  });
  addBodyParsers(app, config);
  addHooks(app, { config, log, requests: app.get(RequestTracker), metrics: app.get(HttpMetrics) });
  process.once('SIGTERM', () => void stopApp(app, config));
  await app.listen(config.port, config.host);
}

/** @throws Error when the bench forgot to say where */
export function databaseUrlOf({ databaseUrl }: Config): string {
  if (databaseUrl === undefined) throw new Error('DATABASE_URL is not set');
  return databaseUrl;
}
