import { Module } from '@nestjs/common';

import { ReconciliationController } from './reconciliation.controller.js';
import { ReconciliationDesk } from './reconciliation.desk.js';
import { ReconciliationJob } from './reconciliation.job.js';
import { ReconciliationMetrics } from './reconciliation.metrics.js';
import { ReconciliationService } from './reconciliation.service.js';

@Module({
  controllers: [ReconciliationController],
  providers: [ReconciliationService, ReconciliationMetrics, ReconciliationDesk, ReconciliationJob],
  exports: [ReconciliationService],
})
export class ReconciliationModule {}
