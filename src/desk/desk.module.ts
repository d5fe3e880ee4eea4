import { Module } from '@nestjs/common';

import { ReservationModule } from '../reservation/reservation.module.js';
import { AllotmentController } from './allotment.controller.js';
import { AllotmentService } from './allotment.service.js';
import { BalanceController } from './balance.controller.js';
import { BalanceService } from './balance.service.js';
import { DeskWriter } from './desk-writer.js';
import { LedgerReader } from './ledger.reader.js';
import { MovementsController } from './movements.controller.js';
import { MovementsService } from './movements.service.js';

/** The operator's desk: `/api/admin`. */
@Module({
  imports: [ReservationModule],
  controllers: [AllotmentController, BalanceController, MovementsController],
  providers: [AllotmentService, BalanceService, DeskWriter, LedgerReader, MovementsService],
})
export class DeskModule {}
