import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';

import { type Caller, CurrentCaller } from '../auth/caller.js';
import { RequireScope } from '../auth/scopes.js';
import { REVALIDATE } from '../contract/caching.js';
import { Refuses } from '../contract/refuses.js';
import { InventoryResponse } from './inventory.dto.js';
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
    description: 'Comma-separated product IDs, at most 200; without it, all that your channel may sell',
    example: '106,107,108',
  })
  @ApiQuery({
    name: 'date_range',
    required: false,
    type: String,
    description: 'Two dates, both included, at most 366 days: which special dates to tell',
    example: '2025-11-15,2025-12-15',
  })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'The ETag of the answer that you have' })
  @ApiOkResponse({
    description: 'Current availability for the products',
    type: InventoryResponse,
    headers: { ETag: { description: 'Changes with the answer', schema: { type: 'string' } } },
  })
  @ApiResponse({ status: 304, description: 'Nothing has changed since the answer with that ETag' })
  getInventory(@Query() query: Record<string, unknown>, @CurrentCaller() caller: Caller): Promise<InventoryResponse> {
    return this.inventory.availability(caller, parseInventoryQuery(query));
  }
}
