import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { authenticated, type Caller, CurrentCaller } from '../auth/caller.js';
import { RequireScope } from '../auth/scopes.js';
import { Refuses } from '../contract/refuses.js';
import { Idempotent, IdempotencyKeyHeader, idempotencyKeyOf, REPLAY_HEADERS } from './idempotency-key.js';
import { answered } from './reservation.answers.js';
import {
  ActivateRequest,
  CancelRequest,
  ExtendRequest,
  ReservationList,
  ReservationResponse,
  ReserveRequest,
  ReserveResponse,
} from './reservation.dto.js';
import { ACTIVATED, BODIES, CANCELLED, EXTENDED, LISTED, LOOKED_UP, RESERVED } from './reservation.examples.js';
import { parseListQuery } from './reservation.list-query.js';
import { ReservationReader } from './reservation.reader.js';
import { ReservationService } from './reservation.service.js';

const STATUSES = ['active', 'expired', 'activated', 'cancelled'];

@ApiTags('OTA Integration')
@Controller('api/ota')
export class ReservationController {
  constructor(
    private readonly reservations: ReservationService,
    private readonly reader: ReservationReader,
  ) {}

  @Post('reserve')
  @RequireScope('reservations:write')
  @Idempotent()
  @Refuses(
    'insufficient_inventory',
    'hold_limit_reached',
    'unknown_product',
    'no_allocation',
    'quantity_out_of_range',
    'expiry_out_of_range',
  )
  @ApiOperation({ summary: 'Reserve package inventory for OTA sales', operationId: 'reserve' })
  @ApiBody({ type: ReserveRequest, examples: BODIES.reserve })
  @ApiCreatedResponse({
    description: 'Inventory successfully reserved',
    type: ReserveResponse,
    headers: REPLAY_HEADERS,
    example: RESERVED,
  })
  async reserve(
    @Body() body: ReserveRequest,
    // What decorators of our own give goes through the pipes: four promises each, on the busiest route.
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) response: FastifyReply,
  ): Promise<ReserveResponse> {
    const key = idempotencyKeyOf(request);
    return answered(response, await this.reservations.reserve(authenticated(request), body, key));
  }

  @Get('reservations')
  @RequireScope('reservations:read')
  @Refuses('malformed_request', 'invalid_filter')
  @ApiOperation({ summary: 'List your reservations, newest first', operationId: 'listReservations' })
  @ApiQuery({ name: 'status', required: false, enum: STATUSES })
  @ApiQuery({ name: 'product_id', required: false, schema: { type: 'integer', minimum: 1 } })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 } })
  @ApiQuery({ name: 'cursor', required: false, description: 'The next_cursor of the page before', type: String })
  @ApiOkResponse({ description: 'A page of your reservations', type: ReservationList, example: LISTED })
  list(@Query() query: Record<string, unknown>, @CurrentCaller() { partner }: Caller): Promise<ReservationList> {
    return this.reader.list(partner, parseListQuery(query));
  }

  @Get('reservations/:id')
  @RequireScope('reservations:read')
  @Refuses('reservation_not_found')
  @ApiOperation({ summary: 'Get one of your reservations', operationId: 'getReservation' })
  @ApiParam({ name: 'id', description: 'reservation_id' })
  @ApiOkResponse({
    description: 'The reservation, with its order once it is activated',
    type: ReservationResponse,
    examples: LOOKED_UP,
  })
  get(@Param('id') id: string, @CurrentCaller() { partner }: Caller): Promise<ReservationResponse> {
    return this.reader.get(partner, id);
  }

  @Post('reservations/:id/activate')
  @HttpCode(200)
  @RequireScope('reservations:write')
  @Idempotent()
  @Refuses(
    'reservation_not_found',
    'status_conflict',
    'step_differs',
    'quantity_out_of_range',
    'invalid_visit_date',
    'invalid_guests',
    'invalid_text',
  )
  @ApiOperation({ summary: 'Sell held units, all or some; makes the order', operationId: 'activateReservation' })
  @ApiParam({ name: 'id', description: 'reservation_id' })
  @ApiBody({ type: ActivateRequest, required: false, examples: BODIES.activate })
  @ApiOkResponse({ description: 'Activated', type: ReservationResponse, headers: REPLAY_HEADERS, example: ACTIVATED })
  async activate(
    @Param('id') id: string,
    @Body() body: ActivateRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKeyHeader() key: string | undefined,
    @Res({ passthrough: true }) response: FastifyReply,
  ): Promise<ReservationResponse> {
    return answered(response, await this.reservations.activate(caller, id, body, key));
  }

  @Post('reservations/:id/extend')
  @HttpCode(200)
  @RequireScope('reservations:write')
  @Idempotent()
  @Refuses('reservation_not_found', 'status_conflict', 'hold_limit_reached', 'expiry_out_of_range')
  @ApiOperation({ summary: 'Have a hold last longer', operationId: 'extendReservation' })
  @ApiParam({ name: 'id', description: 'reservation_id' })
  @ApiBody({ type: ExtendRequest, examples: BODIES.extend })
  @ApiOkResponse({ description: 'Extended', type: ReservationResponse, headers: REPLAY_HEADERS, example: EXTENDED })
  async extend(
    @Param('id') id: string,
    @Body() body: ExtendRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKeyHeader() key: string | undefined,
    @Res({ passthrough: true }) response: FastifyReply,
  ): Promise<ReservationResponse> {
    return answered(response, await this.reservations.extend(caller, id, body, key));
  }

  @Post('reservations/:id/cancel')
  @HttpCode(200)
  @RequireScope('reservations:write')
  @Idempotent()
  @Refuses('reservation_not_found', 'status_conflict', 'step_differs', 'cutoff_passed', 'invalid_text')
  @ApiOperation({ summary: 'Give held units back, or sold ones before the cut-off', operationId: 'cancelReservation' })
  @ApiParam({ name: 'id', description: 'reservation_id' })
  @ApiBody({ type: CancelRequest, required: false, examples: BODIES.cancel })
  @ApiOkResponse({ description: 'Cancelled', type: ReservationResponse, headers: REPLAY_HEADERS, example: CANCELLED })
  async cancel(
    @Param('id') id: string,
    @Body() body: CancelRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKeyHeader() key: string | undefined,
    @Res({ passthrough: true }) response: FastifyReply,
  ): Promise<ReservationResponse> {
    return answered(response, await this.reservations.cancel(caller, id, body, key));
  }
}
