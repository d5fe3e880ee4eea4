import { Body, Controller, Post } from '@nestjs/common';

import { type Caller, CurrentCaller } from '../../src/auth/caller.js';
import { RequireScope } from '../../src/auth/scopes.js';
import { bodyOf } from '../../src/reservation/reservation.answers.js';
import { ReserveRequest } from '../../src/reservation/reservation.dto.js';
import { BaselineService } from './baseline.service.js';

@Controller('api/ota')
export class BaselineController {
  constructor(private readonly reservations: BaselineService) {}

  @Post('reserve')
  @RequireScope('reservations:write')
  async reserve(@Body() body: ReserveRequest, @CurrentCaller() caller: Caller): Promise<object> {
    return bodyOf({ kind: 'reserved', reservation: await this.reservations.reserve(caller, body), again: false });
  }
}
