import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createConnection } from 'mysql2/promise';

import { type EmbeddedMysql, startEmbeddedMysql } from '../../db/embedded/mysql-server.js';
import { DatabaseError } from '../../src/database/database-error.js';
import { loadDemoData } from '../../src/database/demo-data.js';
import { migrate } from '../../src/database/migrations.js';
import { checkServer } from '../../src/database/server-check.js';
import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import { bootApp, PARTNER_A } from '../support/app.js';

jest.setTimeout(120_000);

const quiet = (): void => undefined;
let server: EmbeddedMysql;
let url: string;

/** A server of somebody else's, with other defaults than ours, and without the right to create triggers. */
beforeAll(async () => {
  server = await startEmbeddedMysql({
    dataDir: mkdtempSync(join(tmpdir(), 'allotment-own-')),
    say: quiet,
    ...(process.env['MYSQLD'] ? { mysqld: process.env['MYSQLD'] } : {}),
    serverOptions: [
      '--log-bin-trust-function-creators=0',
      '--default-time-zone=+08:00',
      '--transaction-isolation=REPEATABLE-READ',
      '--sql-mode=NO_BACKSLASH_ESCAPES,ANSI_QUOTES',
      '--innodb-lock-wait-timeout=50',
      '--wait-timeout=120',
    ],
  });
  url = server.url('allotment_own');
  await checkServer(url, 0, quiet);
});
afterAll(async () => {
  await server.stop();
  rmSync(server.dataDir, { recursive: true, force: true });
});

async function asRoot(sql: string): Promise<unknown> {
  const root = await createConnection({ uri: server.rootUrl('allotment_own'), timezone: 'Z' });
  try {
    const [rows] = await root.query(sql);
    return rows;
  } finally {
    await root.end();
  }
}

describe("an operator's own server", () => {
  it('that does not let the user create triggers is named with the setting, before anything is run', async () => {
    const refused = await migrate(url, quiet).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DatabaseError);
    expect((refused as Error).message).toContain('SET PERSIST log_bin_trust_function_creators = 1');
    expect(await asRoot("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_NAME = 'products'")).toEqual([]);
    expect(await asRoot('SELECT name FROM migration_files')).toEqual([]);
  });

  it('is migrated once the setting is made, whatever its other defaults', async () => {
    await asRoot('SET PERSIST log_bin_trust_function_creators = 1');
    expect((await migrate(url, quiet)).length).toBeGreaterThan(5);
    expect(await loadDemoData(url)).toBe(true);
    // Routines keep the mode of the session that made them: not the server's.
    expect(
      await asRoot(
        `SELECT DISTINCT SQL_MODE LIKE '%STRICT_TRANS_TABLES%' AS strict, SQL_MODE LIKE '%NO_BACKSLASH_ESCAPES%' AS odd
         FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'allotment_own'`,
      ),
    ).toEqual([{ strict: 1, odd: 0 }]);
  });

  it('keeps time in UTC, and quotes what clients send', async () => {
    const service = await bootApp(url);
    const before = Date.now();
    const key = "a 'quoted\\' key; -- \\";
    const reply = await service.api.reserve(PARTNER_A, { product_id: 106, quantity: 5 }, { 'idempotency-key': key });
    expect(reply.status).toBe(201);
    expect(Math.abs(Date.parse(reply.body.created_at) - before)).toBeLessThan(10_000);
    expect(Date.parse(reply.body.expires_at) - Date.parse(reply.body.created_at)).toBe(86_400_000);
    const again = await service.api.reserve(PARTNER_A, { product_id: 106, quantity: 5 }, { 'idempotency-key': key });
    expect(again.text).toBe(reply.text);
    expect(await service.api.available(PARTNER_A, 106)).toBe(1795);

    expect(await service.app.get(ExpiryJob).run()).toBe(0);
    const soon = new Date(Date.now() + 1_200).toISOString();
    const short = await service.api.reserve(PARTNER_A, { product_id: 106, quantity: 5, reservation_expires_at: soon });
    expect(short.body.expires_at).toBe(soon);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect(await service.app.get(ExpiryJob).run()).toBe(1);
    await service.close();
  });
});
