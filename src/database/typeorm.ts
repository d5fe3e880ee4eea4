import mysql, { type Pool, type PoolOptions } from 'mysql2';
import { AbstractLogger } from 'typeorm';
import type { MysqlDataSourceOptions } from 'typeorm/driver/mysql/MysqlDataSourceOptions.js';

import { serverUrls } from '../config/database-url.js';
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
    // Its own lines would go past our log, to standard output, with values in them.
    logger: new (class extends AbstractLogger {
      protected override writeLog(): void {
        // said by whoever catches the error
      }
    })(),
  };
}

export const databaseName = (url: string): string => decodeURIComponent(new URL(serverUrls(url)[0]).pathname.slice(1));
