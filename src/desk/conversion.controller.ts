import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';

import type { RawQuery } from '../contract/query-faults.js';
import { DAYS_MAX, DAYS_OF_ALL_MAX, parseConversionQuery } from './conversion-query.js';
import { ConversionResponse } from './conversion.dto.js';
import { CONVERSION } from './conversion.examples.js';
import { ConversionService } from './conversion.service.js';
import { DeskLists } from './desk-route.js';

const time = (description: string) => ({
  description,
  required: true,
  schema: { type: 'string', format: 'date-time' },
});

const FILTERS = {
  from: time('Holds made from then on: ISO 8601 with an offset'),
  to: time(`and before then; at most ${DAYS_OF_ALL_MAX} days later, ${DAYS_MAX} with a partner_id`),
  partner_id: { schema: { type: 'string' } },
  product_id: { schema: { type: 'integer', minimum: 1 } },
};

@ApiTags('Operator desk')
@Controller('api/admin/conversion')
export class ConversionController {
  constructor(private readonly conversion: ConversionService) {}

  @Get()
  @DeskLists("What became of partners' holds", 'getConversion', FILTERS)
  @ApiOkResponse({ description: 'A page of partners', type: ConversionResponse, example: CONVERSION })
  get(@Query() query: RawQuery): Promise<ConversionResponse> {
    return this.conversion.get(parseConversionQuery(query));
  }
}
