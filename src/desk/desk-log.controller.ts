import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';

import { PAGE_PARAMETERS, parseMatching, parseOneOf, parsePage } from '../contract/page.js';
import { parameterFault, type RawQuery, refuseUnknown } from '../contract/query-faults.js';
import { DeskLogPage } from './desk-log.dto.js';
import { DeskLogService } from './desk-log.service.js';
import { SUBJECT_TYPES } from './desk-log.store.js';
import { DeskLists } from './desk-route.js';

const PLACE = /^[\x21-\x7e]{1,36}$/;
const FILTERS = {
  subject_type: { description: 'What it was done to', schema: { type: 'string', enum: [...SUBJECT_TYPES] } },
  subject_id: { description: 'With a subject_type', schema: { type: 'string' } },
  actor: { description: 'Who did it', schema: { type: 'string', example: 'key:12' } },
};

@ApiTags('Operator desk')
@Controller('api/admin/log')
export class DeskLogController {
  constructor(private readonly log: DeskLogService) {}

  @Get()
  @DeskLists('Who changed what, and why; units are in the ledger', 'listDeskLog', FILTERS)
  @ApiOkResponse({
    description: 'A page of the log',
    type: DeskLogPage,
    example: {
      lines: [
        {
          id: '019ab0c4-8a00-7000-8000-000000000001',
          occurred_at: '2026-11-26T08:00:00.000Z',
          actor: 'key:12',
          action: 'partner.suspended',
          subject_type: 'partner',
          subject_id: 'sea-tours',
          reason: 'Invoice overdue',
          details: { status: { from: 'active', to: 'suspended' } },
        },
      ],
      next_cursor: null,
    } satisfies DeskLogPage,
  })
  list(@Query() query: RawQuery): Promise<DeskLogPage> {
    refuseUnknown(query, ['subject_type', 'subject_id', 'actor', ...PAGE_PARAMETERS]);
    const subjectType = parseOneOf(query, 'subject_type', SUBJECT_TYPES);
    const subjectId = parseMatching(query, 'subject_id', /^[\x20-\x7e]{1,50}$/, 'takes an id');
    if (subjectId !== undefined && subjectType === undefined) {
      throw parameterFault('invalid_filter', 'subject_type', 'must be sent with subject_id');
    }
    return this.log.list({
      subjectType,
      subjectId,
      actor: parseMatching(query, 'actor', /^[\x20-\x7e]{1,80}$/, 'takes an actor such as key:12'),
      ...parsePage(query, (text) => PLACE.test(text)),
    });
  }
}
