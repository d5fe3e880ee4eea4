import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';

import { type Caller, CurrentCaller } from '../auth/caller.js';
import { RequireScope } from '../auth/scopes.js';
import { REVALIDATE, VALIDATORS } from '../contract/caching.js';
import { Refuses } from '../contract/refuses.js';
import { InventoryResponse } from './inventory.dto.js';
import { INVENTORY } from './inventory.examples.js';
import { parseInventoryQuery } from './inventory.query.js';
import { InventoryService } from './inventory.service.js';

@ApiTags('OTA Integration')
@Controller('api/ota/inventory')
export class InventoryController {
  constructor(private readonly inventory: InventoryService) {}

  @Get()
  @RequireScope('inventory:read')
  @Header('Cache-Control', REVALIDATE)
  @Refuses('malformed_request', 'invalid_product_ids', 'invalid_date_range')
  @ApiOperation({ summary: 'Get real-time package availability for OTA channel', operationId: 'getInventory' })
  @ApiQuery({
    name: 'product_ids',
    required: false,
    type: String,
    description:
      'Comma-separated list of product IDs to check, at most 200; without it, all that your channel may sell',
    example: '106,107,108',
  })
  @ApiQuery({
    name: 'date_range',
    required: false,
    type: String,
    description:
      'Date range for availability check: two dates, both included, at most 366 days; it picks the special dates',
    example: '2025-11-15,2025-12-15',
  })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'The ETag of the answer that you have' })
  @ApiOkResponse({
    description: 'Current availability for requested products',
    type: InventoryResponse,
    headers: VALIDATORS,
    example: INVENTORY,
  })
  @ApiResponse({ status: 304, description: 'Nothing has changed since the answer with that ETag', headers: VALIDATORS })
  getInventory(@Query() query: Record<string, unknown>, @CurrentCaller() caller: Caller): Promise<InventoryResponse> {
    return this.inventory.availability(caller, parseInventoryQuery(query));
  }
}
