import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';

import { REASON_MAX } from '../contract/body-faults.js';
import { PAGE_PARAMETERS, parsePage } from '../contract/page.js';
import { parameterFault, type RawQuery, refuseUnknown } from '../contract/query-faults.js';
import { isCalendarDate } from '../domain/instant.js';
import { DeskLists, DeskWrites, IdParam } from './desk-route.js';
import { CurrentOperator, type Operator } from './operator.js';
import { SpecialDateList, SpecialDateRequest, SpecialDateResponse } from './special-date.dto.js';
import { SpecialDateService } from './special-date.service.js';

/** MySQL's days begin with the year 1000. */
const isDay = (text: string): boolean => isCalendarDate(text) && text >= '1000-01-01';

const FILTERS = {
  from: { description: 'First day', schema: { type: 'string', format: 'date' } },
  to: { description: 'Last day', schema: { type: 'string', format: 'date' } },
};
const EXAMPLE: SpecialDateResponse = { visit_date: '2026-12-31', multiplier: 1.5 };

@ApiTags('Operator desk')
@Controller('api/admin/special-dates')
export class SpecialDateController {
  constructor(private readonly specialDates: SpecialDateService) {}

  @Get()
  @DeskLists('Days on which all prices are multiplied', 'listSpecialDates', FILTERS)
  @ApiOkResponse({
    description: 'A page of special dates',
    type: SpecialDateList,
    example: { special_dates: [EXAMPLE], next_cursor: null },
  })
  list(@Query() query: RawQuery): Promise<SpecialDateList> {
    refuseUnknown(query, ['from', 'to', ...PAGE_PARAMETERS]);
    const page = parsePage(query, isDay);
    return this.specialDates.list({ from: parseDay(query, 'from'), to: parseDay(query, 'to'), ...page });
  }

  @Put(':date')
  @DeskWrites('Multiply all prices on a day', 'putSpecialDate')
  @IdParam('Day of the visit, YYYY-MM-DD', 'date')
  @ApiBody({
    type: SpecialDateRequest,
    examples: { holiday: { value: { multiplier: 1.5, reason: "New year's eve" } } },
  })
  @ApiOkResponse({ description: 'The special date', type: SpecialDateResponse, example: EXAMPLE })
  put(
    @CurrentOperator() operator: Operator,
    @Param('date') date: string,
    @Body() body: SpecialDateRequest,
  ): Promise<SpecialDateResponse> {
    return this.specialDates.put(operator, date, body);
  }

  @Delete(':date')
  @DeskWrites('Have a day cost what other days do', 'deleteSpecialDate', 'special_date_not_found')
  @IdParam('Day of the visit, YYYY-MM-DD', 'date')
  @ApiQuery({
    name: 'reason',
    required: false,
    description: "Why, for the desk's log",
    schema: { type: 'string', maxLength: REASON_MAX },
  })
  @ApiOkResponse({ description: 'What it was', type: SpecialDateResponse, example: EXAMPLE })
  delete(
    @CurrentOperator() operator: Operator,
    @Param('date') date: string,
    @Query() query: RawQuery,
  ): Promise<SpecialDateResponse> {
    refuseUnknown(query, ['reason']);
    const { reason } = query;
    if (reason !== undefined && typeof reason !== 'string') {
      throw parameterFault('malformed_request', 'reason', 'must be sent once');
    }
    return this.specialDates.delete(operator, date, { reason });
  }
}

function parseDay(query: RawQuery, parameter: 'from' | 'to'): string | undefined {
  const { [parameter]: day } = query;
  if (day === undefined) return undefined;
  if (typeof day === 'string' && isDay(day)) return day;
  throw parameterFault('invalid_filter', parameter, 'takes a day such as 2026-12-31');
}
