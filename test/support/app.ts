import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';

import { createApp, stopApp } from '../../src/app.setup.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { SERIALIZERS } from '../../src/observability/log.js';
import { Api } from './api.js';
import { Contract } from './contract.js';

/** A line of the app's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** The app in this process, on a free port. */
export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly api: Api;
  readonly config: Config;
  /** What it has logged so far. */
  readonly log: readonly LogLine[];
  close(): Promise<void>;
}

export const PARTNER_A = 'ota_test_key_12345';
export const PARTNER_B = 'ota251103_key_67890';
export const READ_ONLY = 'ota_readonly_key_12345';
export const OWN_SHOP = 'direct_test_key_12345';

/**
 * Boots the app on a migrated database.
 *
 * @param settings environment variables; the jobs are as good as off and requests are not limited, unless they say otherwise
 */
export async function bootApp(databaseUrl: string, settings: Readonly<Record<string, string>> = {}): Promise<TestApp> {
  const config = readConfig({
    PORT: '0',
    DATABASE_URL: databaseUrl,
    EXPIRY_INTERVAL_SECONDS: '86400',
    RELEASE_INTERVAL_SECONDS: '86400',
    RECONCILE_INTERVAL_SECONDS: '0',
    RATE_LIMIT: 'off',
    ...settings,
  });
  const lines: LogLine[] = [];
  const log = pino(
    { level: config.logLevel, base: null, serializers: SERIALIZERS },
    {
      write: (text) => {
        const line = JSON.parse(text) as LogLine;
        // asked for by ourselves, below
        if (line['route'] !== '/docs-json') lines.push(line);
      },
    },
  );
  const app = await createApp(config, databaseUrl, log);
  await app.listen(0, '127.0.0.1');
  const base = await app.getUrl();
  const contract = await Contract.of(base);
  return {
    app,
    api: new Api(base, contract),
    config,
    log: lines,
    close: async () => {
      await stopApp(app, config);
    },
  };
}
