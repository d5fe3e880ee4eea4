import { Module } from '@nestjs/common';

import { ReservationModule } from '../reservation/reservation.module.js';
import { AllotmentController } from './allotment.controller.js';
import { AllotmentService } from './allotment.service.js';
import { DeskWriter } from './desk-writer.js';
import { ReleaseController } from './release.controller.js';
import { ReleaseService } from './release.service.js';

/** The operator's desk: `/api/admin`. */
@Module({
  imports: [ReservationModule],
  controllers: [AllotmentController, ReleaseController],
  providers: [AllotmentService, DeskWriter, ReleaseService],
})
export class DeskModule {}
