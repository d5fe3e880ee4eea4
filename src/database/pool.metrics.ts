import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Pool } from 'mysql2/promise';
import type { DataSource } from 'typeorm';

import { Metrics } from '../observability/metrics.js';
import { LANES_POOL } from './pools.js';

/** What mysql2 knows of a pool and tells nobody; the metrics' test notices when it goes by other names. */
interface Counted {
  readonly _allConnections: { readonly length: number };
  readonly _freeConnections: { readonly length: number };
  readonly _connectionQueue: { readonly length: number };
}

/** How much of the two pools is in use. */
@Injectable()
export class PoolMetrics {
  constructor(metrics: Metrics, @Inject(LANES_POOL) lanesPool: Pool, @InjectDataSource() { driver }: DataSource) {
    const pools = {
      write: lanesPool.pool as unknown as Counted,
      read: (driver as unknown as { readonly pool: Counted }).pool,
    };
    metrics.gauge(
      {
        name: 'allotment_pool_connections',
        help: 'Connections to the database, by pool and by whether they are in use',
        labelNames: ['pool', 'state'],
      },
      (gauge) => {
        for (const [pool, { _allConnections: all, _freeConnections: free }] of Object.entries(pools)) {
          gauge.set({ pool, state: 'idle' }, free.length);
          gauge.set({ pool, state: 'in_use' }, all.length - free.length);
        }
      },
    );
    metrics.gauge(
      { name: 'allotment_pool_waiting', help: 'Reads or batches that wait for a connection', labelNames: ['pool'] },
      (gauge) => {
        for (const [pool, { _connectionQueue: queue }] of Object.entries(pools)) gauge.set({ pool }, queue.length);
      },
    );
  }
}
