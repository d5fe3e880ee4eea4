import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';

import { type Caller, CurrentCaller } from '../auth/caller.js';
import { RequireScope } from '../auth/scopes.js';
import { Refuses } from '../contract/refuses.js';
import { QUOTE } from './inventory.examples.js';
import { QuoteResponse } from './quote.dto.js';
import { parseQuoteQuery } from './quote.query.js';
import { QuoteService } from './quote.service.js';

@ApiTags('OTA Integration')
@Controller('api/ota/quote')
export class QuoteController {
  constructor(private readonly quotes: QuoteService) {}

  @Get()
  @RequireScope('inventory:read')
  @Refuses('malformed_request', 'unknown_product', 'no_allocation', 'invalid_visit_date', 'invalid_guests')
  @ApiOperation({ summary: 'What units cost on a day, at the prices of now', operationId: 'getQuote' })
  @ApiQuery({ name: 'product_id', schema: { type: 'integer', minimum: 1, example: 106 } })
  @ApiQuery({
    name: 'date',
    required: false,
    schema: { type: 'string', format: 'date' },
    description: 'Day of the visit, such as 2026-12-31; without it, the weekday price',
  })
  @ApiQuery({
    name: 'guests',
    schema: { type: 'string', example: 'adult:2,child:1' },
    description: 'For whom: type:number, separated by commas',
  })
  @ApiOkResponse({ description: 'Price of each unit and of all', type: QuoteResponse, example: QUOTE })
  getQuote(@Query() query: Record<string, unknown>, @CurrentCaller() { partner }: Caller): Promise<QuoteResponse> {
    return this.quotes.quote(partner, parseQuoteQuery(query));
  }
}
