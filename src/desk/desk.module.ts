import { Module } from '@nestjs/common';

import { ReservationModule } from '../reservation/reservation.module.js';
import { AllotmentController } from './allotment.controller.js';
import { AllotmentService } from './allotment.service.js';
import { DeskWriter } from './desk-writer.js';

/** The operator's desk: `/api/admin`. */
@Module({
  imports: [ReservationModule],
  controllers: [AllotmentController],
  providers: [AllotmentService, DeskWriter],
})
export class DeskModule {}
