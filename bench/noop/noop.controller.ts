import { Body, Controller, Get, Post, Query } from '@nestjs/common';

import { RequireScope } from '../../src/auth/scopes.js';
import type { InventoryResponse } from '../../src/inventory/inventory.dto.js';
import { INVENTORY } from '../../src/inventory/inventory.examples.js';
import { parseInventoryQuery } from '../../src/inventory/inventory.query.js';
import { ReserveRequest, type ReserveResponse } from '../../src/reservation/reservation.dto.js';
import { RESERVED } from '../../src/reservation/reservation.examples.js';

/** All that the service does around its work, and no work: the ceiling of HTTP, guard, limits, validation and log. */
@Controller('bench/noop')
export class NoopController {
  @Post()
  @RequireScope('reservations:write')
  post(@Body() _body: ReserveRequest): ReserveResponse {
    return RESERVED;
  }

  @Get()
  @RequireScope('inventory:read')
  get(@Query() query: Record<string, unknown>): InventoryResponse {
    parseInventoryQuery(query);
    return INVENTORY;
  }
}
