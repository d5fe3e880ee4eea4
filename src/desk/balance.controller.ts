import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';

import { RequireScope } from '../auth/scopes.js';
import { type RawQuery, refuseUnknown } from '../contract/query-faults.js';
import { Refuses } from '../contract/refuses.js';
import { BalanceResponse } from './balance.dto.js';
import { BALANCE } from './balance.examples.js';
import { BalanceService } from './balance.service.js';
import { parseMoment } from './moment.js';
import { ProductIdPipe } from './product-id.js';

@ApiTags('Operator desk')
@Controller('api/admin/products/:id/balance')
export class BalanceController {
  constructor(private readonly balances: BalanceService) {}

  @Get()
  @RequireScope('admin')
  @Refuses('product_not_found', 'malformed_request', 'invalid_filter')
  @ApiOperation({ summary: "What a product's channels had at a moment", operationId: 'getBalance' })
  @ApiParam({ name: 'id', description: 'product_id', schema: { type: 'integer', minimum: 1 } })
  @ApiQuery({
    name: 'at',
    required: false,
    description: 'A moment that is past, to the microsecond; now, when absent',
    schema: { type: 'string', format: 'date-time' },
  })
  @ApiOkResponse({ description: 'From the ledger alone', type: BalanceResponse, example: BALANCE })
  get(@Param('id', ProductIdPipe) id: number, @Query() query: RawQuery): Promise<BalanceResponse> {
    refuseUnknown(query, ['at']);
    return this.balances.at(id, query['at'] === undefined ? undefined : parseMoment('at', query['at']));
  }
}
