import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';

import { PAGE_PARAMETERS, parsePage } from '../contract/page.js';
import { type RawQuery, refuseUnknown } from '../contract/query-faults.js';
import { ChannelList, ChannelResponse, CreateChannelRequest, RenameChannelRequest } from './channel.dto.js';
import { CHANNEL, CHANNEL_BODIES, CHANNELS } from './channel.examples.js';
import { ChannelService } from './channel.service.js';
import { DeskLists, DeskWrites, IdParam } from './desk-route.js';
import { CurrentOperator, type Operator } from './operator.js';

/** An id of a channel, as its column has it. */
const PLACE = /^[a-z0-9_-]{1,20}$/;

@ApiTags('Operator desk')
@Controller('api/admin/channels')
export class ChannelController {
  constructor(private readonly channels: ChannelService) {}

  @Get()
  @DeskLists('The channels that caps are split among', 'listChannels')
  @ApiOkResponse({ description: 'A page of channels', type: ChannelList, example: CHANNELS })
  list(@Query() query: RawQuery): Promise<ChannelList> {
    refuseUnknown(query, PAGE_PARAMETERS);
    return this.channels.list(parsePage(query, (text) => PLACE.test(text)));
  }

  @Post()
  @DeskWrites('Open a channel', 'createChannel', 'already_exists')
  @ApiBody({ type: CreateChannelRequest, examples: CHANNEL_BODIES.create })
  @ApiCreatedResponse({ description: 'The new channel', type: ChannelResponse, example: CHANNEL })
  create(@CurrentOperator() operator: Operator, @Body() body: CreateChannelRequest): Promise<ChannelResponse> {
    return this.channels.create(operator, body);
  }

  @Patch(':id')
  @DeskWrites('Rename a channel', 'renameChannel', 'channel_not_found')
  @IdParam('channel_id')
  @ApiBody({ type: RenameChannelRequest, examples: CHANNEL_BODIES.rename })
  @ApiOkResponse({ description: 'The channel', type: ChannelResponse, example: CHANNEL })
  rename(
    @CurrentOperator() operator: Operator,
    @Param('id') id: string,
    @Body() body: RenameChannelRequest,
  ): Promise<ChannelResponse> {
    return this.channels.rename(operator, id, body);
  }
}
