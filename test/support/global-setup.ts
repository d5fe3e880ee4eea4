import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type EmbeddedMysql, startEmbeddedMysql } from '../../db/embedded/mysql-server.js';

declare global {
  var testMysql: EmbeddedMysql | undefined;
}

/** One real MySQL for all workers, in a folder and on a port of its own; each spec makes databases of its own there. */
export default async function globalSetup(): Promise<void> {
  if (globalThis.testMysql) return; // of another project of the same run
  globalThis.testMysql = await startEmbeddedMysql({
    dataDir: mkdtempSync(join(tmpdir(), 'allotment-test-')),
    say: (line) => void process.stderr.write(`mysql: ${line}\n`),
    ...(process.env['MYSQLD'] ? { mysqld: process.env['MYSQLD'] } : {}),
    serverOptions: ['--max-connections=400'],
  });
  process.env['TEST_MYSQL_URL'] = globalThis.testMysql.url('allotment_test');
  process.env['TEST_MYSQL_ROOT_URL'] = globalThis.testMysql.rootUrl();
}
