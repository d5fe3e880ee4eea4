import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';

import { KEY_PREFIX } from '../auth/key-format.js';
import { KEY_STATUSES } from '../auth/key.store.js';
import { PAGE_PARAMETERS, parseMatching, parseOneOf, parsePage } from '../contract/page.js';
import { type RawQuery, refuseUnknown } from '../contract/query-faults.js';
import { DeskLists, DeskWrites, IdParam } from './desk-route.js';
import { KeyIdPipe } from './key-id.js';
import {
  CreateKeyRequest,
  KeyList,
  KeyResponse,
  NewKeyResponse,
  RevokeKeyRequest,
  RotatedKeyResponse,
  RotateKeyRequest,
} from './key.dto.js';
import { KEY_BODIES, KEY_LIST, NEW_KEY, REVOKED_KEY, ROTATED_KEY } from './key.examples.js';
import { KeyService } from './key.service.js';
import { CurrentOperator, type Operator } from './operator.js';

const PLACE = /^[1-9]\d{0,9}$/;
const FILTERS = {
  partner_id: { schema: { type: 'string' } },
  prefix: {
    description: 'How a key begins: its first 14 characters, never all of it',
    schema: { type: 'string', example: 'alk_7Jd0bQx2Lm' },
  },
  status: { schema: { type: 'string', enum: [...KEY_STATUSES] } },
};

@ApiTags('Operator desk')
@Controller('api/admin')
export class KeyController {
  constructor(private readonly keys: KeyService) {}

  @Get('keys')
  @DeskLists('What is known of keys; never the keys themselves', 'listKeys', FILTERS)
  @ApiOkResponse({ description: 'A page of keys', type: KeyList, example: KEY_LIST })
  list(@Query() query: RawQuery): Promise<KeyList> {
    refuseUnknown(query, ['partner_id', 'prefix', 'status', ...PAGE_PARAMETERS]);
    return this.keys.list({
      partnerId: parseMatching(query, 'partner_id', /^[\x20-\x7e]{1,40}$/, "takes a partner's id"),
      prefix: parseMatching(query, 'prefix', KEY_PREFIX, 'takes the first 14 characters of a key, never all of it'),
      status: parseOneOf(query, 'status', KEY_STATUSES),
      ...parsePage(query, (text) => PLACE.test(text)),
    });
  }

  @Post('partners/:id/keys')
  @DeskWrites('Give a partner a key', 'createKey', 'partner_not_found')
  @IdParam('partner_id')
  @ApiBody({ type: CreateKeyRequest, examples: KEY_BODIES.create })
  @ApiCreatedResponse({ description: 'The key, shown this once', type: NewKeyResponse, example: NEW_KEY })
  create(
    @CurrentOperator() operator: Operator,
    @Param('id') partnerId: string,
    @Body() body: CreateKeyRequest,
  ): Promise<NewKeyResponse> {
    return this.keys.create(operator, partnerId, body);
  }

  @Post('keys/:id/rotate')
  @DeskWrites('Replace a key by a new one', 'rotateKey', 'key_not_found', 'key_not_active')
  @IdParam('key_id', 'id', 'integer')
  @ApiBody({ type: RotateKeyRequest, required: false, examples: KEY_BODIES.rotate })
  @ApiCreatedResponse({ description: 'The new key, shown this once', type: RotatedKeyResponse, example: ROTATED_KEY })
  rotate(
    @CurrentOperator() operator: Operator,
    @Param('id', KeyIdPipe) id: number,
    @Body() body: RotateKeyRequest,
  ): Promise<RotatedKeyResponse> {
    return this.keys.rotate(operator, id, body);
  }

  @Post('keys/:id/revoke')
  @HttpCode(200)
  @DeskWrites('End a key at once', 'revokeKey', 'key_not_found', 'last_admin_key')
  @IdParam('key_id', 'id', 'integer')
  @ApiBody({ type: RevokeKeyRequest, required: false, examples: KEY_BODIES.revoke })
  @ApiOkResponse({ description: 'The key as it is now', type: KeyResponse, example: REVOKED_KEY })
  revoke(
    @CurrentOperator() operator: Operator,
    @Param('id', KeyIdPipe) id: number,
    @Body() body: RevokeKeyRequest,
  ): Promise<KeyResponse> {
    return this.keys.revoke(operator, id, body);
  }
}
