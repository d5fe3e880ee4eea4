import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createConnection } from 'mysql2/promise';

import { type EmbeddedMysql, startEmbeddedMysql } from '../../db/embedded/mysql-server.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/wait.js';

/** Its supervisor gives up after 5 restarts within a minute. */
const RESTARTS_A_MINUTE_MAX = 4;
const MINUTE_MS = 60_000;
/** Recovery after a crash, on a busy machine. */
const RESTART_MAX_MS = 60_000;

/** A MySQL of one spec's own, with a demo database, that may be killed. */
export interface OwnMysql {
  readonly server: EmbeddedMysql;
  readonly database: TestDatabase;
  /** Ends mysqld and waits until the one that its supervisor starts in its place answers. @returns when it did */
  restart(signal: 'SIGKILL' | 'SIGTERM'): Promise<number>;
  stop(): Promise<void>;
}

export const scratchFolder = (): string => mkdtempSync(join(tmpdir(), 'allotment-faults-'));

/** @param dataDir a new folder; it is removed at the end */
export async function startOwnMysql(dataDir = scratchFolder()): Promise<OwnMysql> {
  const { MYSQLD: mysqld } = process.env;
  const server = await startEmbeddedMysql({ dataDir, say: () => undefined, ...(mysqld ? { mysqld } : {}) });
  const database = await demoDatabase(server.url('allotment_test'));
  const restarts: number[] = [];
  return {
    server,
    database,
    async restart(signal) {
      while (restarts.filter((at) => performance.now() - at < MINUTE_MS).length >= RESTARTS_A_MINUTE_MAX)
        await sleep(500);
      restarts.push(performance.now());
      const { pid } = server;
      process.kill(pid, signal);
      const isBack = async (): Promise<boolean> => server.pid !== pid && (await answers(server));
      await eventually('mysqld runs again', isBack, RESTART_MAX_MS);
      return performance.now();
    },
    async stop() {
      await database.pool.end();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function answers(server: EmbeddedMysql): Promise<boolean> {
  try {
    const connection = await createConnection(server.rootUrl());
    await connection.end();
    return true;
  } catch {
    return false;
  }
}
