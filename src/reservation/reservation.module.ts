import { Module } from '@nestjs/common';

import { CatalogModule } from '../catalog/catalog.module.js';
import { OrderModule } from '../order/order.module.js';
import { ExpiryJob } from './expiry.job.js';
import { ReleaseJob } from './release.job.js';
import { ReservationController } from './reservation.controller.js';
import { ReservationLanes } from './reservation.lanes.js';
import { ReservationMetrics } from './reservation.metrics.js';
import { ReservationReader } from './reservation.reader.js';
import { ReservationService } from './reservation.service.js';

@Module({
  imports: [CatalogModule, OrderModule],
  controllers: [ReservationController],
  exports: [ReservationLanes],
  providers: [ReservationService, ReservationReader, ReservationLanes, ReservationMetrics, ExpiryJob, ReleaseJob],
})
export class ReservationModule {}
