import { type DynamicModule, Module } from '@nestjs/common';

import { HttpMetrics } from './http-metrics.js';
import { LOG, type Log } from './log.js';
import { Metrics } from './metrics.js';
import { OtaEventLog } from './ota-events.js';
import { RequestTracker } from './request-tracker.js';

@Module({})
export class ObservabilityModule {
  static forRoot(log: Log): DynamicModule {
    return {
      module: ObservabilityModule,
      global: true,
      providers: [{ provide: LOG, useValue: log }, OtaEventLog, RequestTracker, Metrics, HttpMetrics],
      exports: [LOG, OtaEventLog, RequestTracker, Metrics, HttpMetrics],
    };
  }
}
