import { Module } from '@nestjs/common';

import { ExpiryJob } from './expiry.job.js';
import { ReservationController } from './reservation.controller.js';
import { ReservationLanes } from './reservation.lanes.js';
import { ReservationService } from './reservation.service.js';

@Module({ controllers: [ReservationController], providers: [ReservationService, ReservationLanes, ExpiryJob] })
export class ReservationModule {}
