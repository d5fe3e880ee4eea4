import { Module } from '@nestjs/common';

import { AuthModule } from '../auth/auth.module.js';
import { ReservationModule } from '../reservation/reservation.module.js';
import { AllotmentController } from './allotment.controller.js';
import { AllotmentService } from './allotment.service.js';
import { ChannelController } from './channel.controller.js';
import { ChannelService } from './channel.service.js';
import { ConversionController } from './conversion.controller.js';
import { ConversionService } from './conversion.service.js';
import { DeskLogController } from './desk-log.controller.js';
import { DeskLogService } from './desk-log.service.js';
import { DeskWriter } from './desk-writer.js';
import { KeyController } from './key.controller.js';
import { KeyService } from './key.service.js';
import { PartnerController } from './partner.controller.js';
import { PartnerService } from './partner.service.js';
import { ProductController } from './product.controller.js';
import { ProductService } from './product.service.js';
import { SpecialDateController } from './special-date.controller.js';
import { SpecialDateService } from './special-date.service.js';

/** The operator's desk: `/api/admin`. */
@Module({
  imports: [AuthModule, ReservationModule],
  controllers: [
    AllotmentController,
    ChannelController,
    ProductController,
    SpecialDateController,
    PartnerController,
    KeyController,
    DeskLogController,
    ConversionController,
  ],
  providers: [
    AllotmentService,
    ChannelService,
    ProductService,
    SpecialDateService,
    PartnerService,
    KeyService,
    DeskLogService,
    ConversionService,
    DeskWriter,
  ],
})
export class DeskModule {}
