import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';

import { PAGE_PARAMETERS, parseMatching, parseOneOf, parsePage } from '../contract/page.js';
import { type RawQuery, refuseUnknown } from '../contract/query-faults.js';
import { PARTNER_STATUSES } from '../partner/partner.store.js';
import { DeskLists, DeskReads, DeskWrites, IdParam } from './desk-route.js';
import { CurrentOperator, type Operator } from './operator.js';
import {
  ChangePartnerRequest,
  CreatePartnerRequest,
  PartnerList,
  PartnerResponse,
  PartnerWithKeysResponse,
} from './partner.dto.js';
import { PARTNER, PARTNER_BODIES, PARTNER_LIST, PARTNER_WITH_KEYS, SUSPENDED_PARTNER } from './partner.examples.js';
import { PartnerService } from './partner.service.js';

const PLACE = /^[\x20-\x7e]{1,40}$/;
const FILTERS = {
  channel_id: { schema: { type: 'string' } },
  status: { schema: { type: 'string', enum: [...PARTNER_STATUSES] } },
};

@ApiTags('Operator desk')
@Controller('api/admin/partners')
export class PartnerController {
  constructor(private readonly partners: PartnerService) {}

  @Get()
  @DeskLists('Who sells', 'listPartners', FILTERS)
  @ApiOkResponse({ description: 'A page of partners', type: PartnerList, example: PARTNER_LIST })
  list(@Query() query: RawQuery): Promise<PartnerList> {
    refuseUnknown(query, ['channel_id', 'status', ...PAGE_PARAMETERS]);
    return this.partners.list({
      channelId: parseMatching(query, 'channel_id', /^[a-z0-9_-]{1,20}$/, "takes a channel's id"),
      status: parseOneOf(query, 'status', PARTNER_STATUSES),
      ...parsePage(query, (text) => PLACE.test(text)),
    });
  }

  @Post()
  @DeskWrites('Take on a partner', 'createPartner', 'already_exists')
  @ApiBody({ type: CreatePartnerRequest, examples: PARTNER_BODIES.create })
  @ApiCreatedResponse({ description: 'The new partner', type: PartnerResponse, example: PARTNER })
  create(@CurrentOperator() operator: Operator, @Body() body: CreatePartnerRequest): Promise<PartnerResponse> {
    return this.partners.create(operator, body);
  }

  @Get(':id')
  @DeskReads('A partner, its limits and its keys', 'getPartner', 'partner_not_found')
  @IdParam('partner_id')
  @ApiOkResponse({ description: 'The partner', type: PartnerWithKeysResponse, example: PARTNER_WITH_KEYS })
  get(@Param('id') id: string): Promise<PartnerWithKeysResponse> {
    return this.partners.get(id);
  }

  @Patch(':id')
  @DeskWrites(
    'Change what was sent of a partner; suspend or resume it',
    'changePartner',
    'partner_not_found',
    'last_admin_key',
  )
  @IdParam('partner_id')
  @ApiBody({ type: ChangePartnerRequest, examples: PARTNER_BODIES.change })
  @ApiOkResponse({ description: 'The partner', type: PartnerResponse, example: SUSPENDED_PARTNER })
  change(
    @CurrentOperator() operator: Operator,
    @Param('id') id: string,
    @Body() body: ChangePartnerRequest,
  ): Promise<PartnerResponse> {
    return this.partners.change(operator, id, body);
  }
}
