import { Body, Controller, Get, HttpCode, Post, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { type Caller, CurrentCaller } from '../auth/caller.js';
import { RequireScope } from '../auth/scopes.js';
import { Refuses } from '../contract/refuses.js';
import { ReconciliationRequest, ReconciliationState } from './reconciliation.dto.js';
import { BODIES, RAN, RUNS } from './reconciliation.examples.js';
import { ReconciliationDesk } from './reconciliation.desk.js';

@ApiTags('Operator desk')
@Controller('api/admin/reconciliation')
export class ReconciliationController {
  constructor(private readonly desk: ReconciliationDesk) {}

  @Get()
  @RequireScope('admin')
  @ApiOperation({ summary: 'What the last reconciliation found', operationId: 'getReconciliation' })
  @ApiOkResponse({ description: 'The last run of any instance', type: ReconciliationState, example: RAN })
  get(): Promise<ReconciliationState> {
    return this.desk.state();
  }

  @Post()
  @HttpCode(200)
  @RequireScope('admin')
  @Refuses(
    'malformed_request',
    'payload_too_large',
    'unsupported_media_type',
    'invalid_text',
    'invalid_product_ids',
    'product_not_found',
    'reconciliation_running',
  )
  @ApiOperation({
    summary: 'Hold counters against reservations and ledger, now; repair what is off, if asked to',
    operationId: 'reconcile',
  })
  @ApiBody({ type: ReconciliationRequest, required: false, examples: BODIES })
  @ApiOkResponse({ description: 'What it found', type: ReconciliationState, example: RAN })
  @ApiAcceptedResponse({
    description: 'It goes on after 10 s; GET this route for what it finds',
    type: ReconciliationState,
    example: RUNS,
  })
  async run(
    @Body() body: ReconciliationRequest,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReconciliationState> {
    const state = await this.desk.run(caller.actor, body);
    void reply.status(state.running ? 202 : 200);
    return state;
  }
}
