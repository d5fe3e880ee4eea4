import { Module } from '@nestjs/common';

import { ReconciliationJob } from './reconciliation.job.js';
import { ReconciliationMetrics } from './reconciliation.metrics.js';
import { ReconciliationService } from './reconciliation.service.js';

@Module({
  providers: [ReconciliationService, ReconciliationMetrics, ReconciliationJob],
  exports: [ReconciliationService],
})
export class ReconciliationModule {}
