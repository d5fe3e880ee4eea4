import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { type Caller, CurrentCaller } from '../auth/caller.js';
import { RequireScope } from '../auth/scopes.js';
import { Refuses } from '../contract/refuses.js';
import { IdempotencyKeyHeader } from './idempotency-key.js';
import { answered } from './reservation.answers.js';
import { ReserveRequest, ReserveResponse } from './reservation.dto.js';
import { ReservationService } from './reservation.service.js';

@ApiTags('OTA Integration')
@Controller('api/ota')
export class ReservationController {
  constructor(private readonly reservations: ReservationService) {}

  @Post('reserve')
  @RequireScope('reservations:write')
  @Refuses(
    'malformed_request',
    'invalid_idempotency_key',
    'insufficient_inventory',
    'payload_too_large',
    'unsupported_media_type',
    'unknown_product',
    'no_allocation',
    'quantity_out_of_range',
    'expiry_out_of_range',
    'idempotency_key_reused',
    'overloaded',
    'unavailable',
    'outcome_unknown',
  )
  @ApiOperation({ summary: 'Reserve package inventory for OTA sales', operationId: 'reserve' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Repeating a request under the same key does nothing twice and gets the first answer',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  })
  @ApiBody({ type: ReserveRequest })
  @ApiCreatedResponse({
    description: 'Inventory successfully reserved',
    type: ReserveResponse,
    headers: {
      'Idempotency-Replayed': {
        description: '`true` on the repeated answer to an Idempotency-Key',
        schema: { type: 'string', enum: ['true'] },
      },
    },
  })
  async reserve(
    @Body() body: ReserveRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKeyHeader() key: string | undefined,
    @Res({ passthrough: true }) response: FastifyReply,
  ): Promise<ReserveResponse> {
    return answered(response, await this.reservations.reserve(caller, body, key));
  }
}
