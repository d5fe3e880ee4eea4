import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Pool } from 'mysql2/promise';

import { createLanesPool, LANES_POOL } from './pools.js';
import { Reader } from './reader.js';
import { typeormOptions } from './typeorm.js';
import { UnitOfWork } from './unit-of-work.js';

/** The two pools of the process: TypeORM's for reads, and that of the write path. */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(LANES_POOL) private readonly lanesPool: Pool) {}

  /** @param connectionsMax of each pool */
  static forRoot(url: string, connectionsMax: number): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRoot({ ...typeormOptions(url, connectionsMax), autoLoadEntities: true, retryAttempts: 0 }),
      ],
      providers: [{ provide: LANES_POOL, useFactory: () => createLanesPool(url, connectionsMax) }, Reader, UnitOfWork],
      exports: [LANES_POOL, Reader, UnitOfWork],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.lanesPool.end();
  }
}
