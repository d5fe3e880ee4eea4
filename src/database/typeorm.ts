import mysql, { type Pool, type PoolOptions } from 'mysql2';
import { AbstractLogger, type QueryRunner } from 'typeorm';
import type { MysqlDataSourceOptions } from 'typeorm/driver/mysql/MysqlDataSourceOptions.js';

import { serverUrls } from '../config/database-url.js';
import { isAnswerLate } from './mysql-errors.js';
import { connectionOptions } from './pools.js';
import { setUpSessions } from './session.js';

/** TypeORM over mysql2, with this product's sessions. The schema comes from `db/migrations` alone. */
export function typeormOptions(
  url: string,
  connectionsMax = 2,
  { uri: _, ...options } = connectionOptions(url),
): MysqlDataSourceOptions {
  return {
    type: 'mysql',
    url: serverUrls(url)[0],
    // TypeORM offers no hook on a new connection; it does take the driver that opens them.
    driver: {
      ...mysql,
      createPool: (poolOptions: PoolOptions): Pool => setUpSessions(mysql.createPool(poolOptions), url),
    },
    extra: options,
    poolSize: connectionsMax,
    timezone: 'Z',
    bigNumberStrings: false,
    synchronize: false,
    logger: new SilentLogger(),
  };
}

/** Its own lines would go past our log, to standard output, with values in them. Whoever catches an error says it. */
class SilentLogger extends AbstractLogger {
  /**
   * Told of each error before the query's connection goes back to the pool. One that has not answered in time must not: the
   * next query would wait behind the one that was given up, for as long as the server says nothing.
   */
  override logQueryError(error: string | Error, _query: string, _values?: unknown[], runner?: QueryRunner): void {
    if (isAnswerLate(error)) (runner as Connected | undefined)?.databaseConnection?.destroy();
  }

  protected override writeLog(): void {
    // nothing
  }
}

/** A query runner of TypeORM's MySQL driver. */
interface Connected extends QueryRunner {
  readonly databaseConnection?: { destroy(): void };
}

export const databaseName = (url: string): string => decodeURIComponent(new URL(serverUrls(url)[0]).pathname.slice(1));
