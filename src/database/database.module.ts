import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Pool } from 'mysql2/promise';

import { PRIMARY_CHECK, primaryCheck } from './group-member.js';
import { PoolMetrics } from './pool.metrics.js';
import { connectionOptions, createLanesPool, DATABASE_URL, LANES_POOL } from './pools.js';
import { Reader } from './reader.js';
import { typeormOptions } from './typeorm.js';
import { UnitOfWork } from './unit-of-work.js';

/** A read that takes longer is given up with 503: on a network that has gone silent it would wait for TCP. */
const READ_MAX_MS = 5_000;

/** The two pools of the process: TypeORM's for reads, and that of the write path. */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(LANES_POOL) private readonly lanesPool: Pool) {}

  /** @param connectionsMax of each pool */
  static forRoot(url: string, connectionsMax: number): DynamicModule {
    const options = connectionOptions(url);
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRoot({
          ...typeormOptions(url, connectionsMax, options),
          autoLoadEntities: true,
          retryAttempts: 0,
          maxQueryExecutionTime: READ_MAX_MS,
          enableQueryTimeout: true,
        }),
      ],
      providers: [
        { provide: DATABASE_URL, useValue: url },
        { provide: LANES_POOL, useFactory: () => createLanesPool(url, connectionsMax, options) },
        { provide: PRIMARY_CHECK, useValue: primaryCheck(url) },
        Reader,
        UnitOfWork,
        PoolMetrics,
      ],
      exports: [DATABASE_URL, Reader, UnitOfWork, PRIMARY_CHECK],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.lanesPool.end();
  }
}
