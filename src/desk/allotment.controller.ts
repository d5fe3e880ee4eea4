import { applyDecorators, Body, Controller, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  type ApiBodyOptions,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { RequireScope } from '../auth/scopes.js';
import { Refuses } from '../contract/refuses.js';
import type { RawQuery } from '../contract/query-faults.js';
import { AllotmentChangeResponse, AllotmentResponse, allotmentResponse } from '../inventory/allotment.dto.js';
import { IdempotencyKeyHeader, Idempotent, REPLAY_HEADERS } from '../reservation/idempotency-key.js';
import { answered } from '../reservation/reservation.answers.js';
import { parseDryRun } from './admin-query.js';
import { AllocateRequest, CapRequest, TransferRequest } from './allotment.dto.js';
import { ALLOTMENT, BODIES, CAP_CHANGED, TRANSFERRED } from './allotment.examples.js';
import { type AllotmentAnswer, AllotmentService, type ChangeTerms } from './allotment.service.js';
import { type IfMatch, IfMatchHeader } from './if-match.js';
import { CurrentOperator, type Operator } from './operator.js';
import { ProductIdPipe } from './product-id.js';

const ETAG = {
  ETag: {
    description: 'Version that the allotment has now, for If-Match',
    required: true,
    schema: { type: 'string' as const },
  },
};

type Example = readonly [body: ApiBodyOptions, answer: AllotmentChangeResponse];

const CAP: Example = [{ type: CapRequest, examples: BODIES.cap }, CAP_CHANGED];
const ALLOCATE: Example = [{ type: AllocateRequest, examples: BODIES.allocate }, CAP_CHANGED];
const TRANSFER: Example = [{ type: TransferRequest, examples: BODIES.transfer }, TRANSFERRED];

/** What the three changes have in common. */
const Changes = (summary: string, operationId: string, [body, example]: Example): MethodDecorator =>
  applyDecorators(
    HttpCode(200),
    RequireScope('admin'),
    Idempotent(),
    Refuses(
      'product_not_found',
      'allocation_in_use',
      'allotment_changed',
      'precondition_required',
      'invalid_allotment',
      'invalid_text',
    ),
    ApiOperation({ summary, operationId }),
    ApiParam({ name: 'id', description: 'product_id', schema: { type: 'integer', minimum: 1 } }),
    ApiQuery({ name: 'dry_run', required: false, schema: { type: 'boolean', default: false } }),
    ApiBody(body),
    ApiHeader({
      name: 'If-Match',
      required: true,
      description: 'The ETag of the allotment that the change is meant for; `*` for whatever it is',
      schema: { type: 'string' },
    }),
    ApiOkResponse({
      description: 'What was changed, or would be',
      type: AllotmentChangeResponse,
      headers: { ...ETAG, ...REPLAY_HEADERS },
      example,
    }),
  );

@ApiTags('Operator desk')
@Controller('api/admin/products/:id')
export class AllotmentController {
  constructor(private readonly allotments: AllotmentService) {}

  @Get('allotment')
  @RequireScope('admin')
  @Refuses('product_not_found')
  @ApiOperation({ summary: "How a product's cap is split among channels", operationId: 'getAllotment' })
  @ApiParam({ name: 'id', description: 'product_id', schema: { type: 'integer', minimum: 1 } })
  @ApiOkResponse({
    description: 'The allotment at this moment',
    type: AllotmentResponse,
    headers: ETAG,
    example: ALLOTMENT,
  })
  async get(
    @Param('id', ProductIdPipe) id: number,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AllotmentResponse> {
    const allotment = allotmentResponse(await this.allotments.get(id));
    void reply.header('etag', `"${allotment.version}"`);
    return allotment;
  }

  @Put('sellable-cap')
  @Changes("Raise or lower a product's cap", 'setSellableCap', CAP)
  async setCap(
    @Param('id', ProductIdPipe) id: number,
    @Body() body: CapRequest,
    @CurrentOperator() operator: Operator,
    @IfMatchHeader() ifMatch: IfMatch,
    @Query() query: RawQuery,
    @IdempotencyKeyHeader() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AllotmentChangeResponse> {
    return changed(reply, await this.allotments.setCap(operator, id, body, termsOf(ifMatch, query, key)));
  }

  @Put('allotment')
  @Changes('Say what channels have from now on', 'allocate', ALLOCATE)
  async allocate(
    @Param('id', ProductIdPipe) id: number,
    @Body() body: AllocateRequest,
    @CurrentOperator() operator: Operator,
    @IfMatchHeader() ifMatch: IfMatch,
    @Query() query: RawQuery,
    @IdempotencyKeyHeader() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AllotmentChangeResponse> {
    return changed(reply, await this.allotments.allocate(operator, id, body, termsOf(ifMatch, query, key)));
  }

  @Post('transfers')
  @Changes('Transfer units from one channel to another', 'transferUnits', TRANSFER)
  async transfer(
    @Param('id', ProductIdPipe) id: number,
    @Body() body: TransferRequest,
    @CurrentOperator() operator: Operator,
    @IfMatchHeader() ifMatch: IfMatch,
    @Query() query: RawQuery,
    @IdempotencyKeyHeader() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AllotmentChangeResponse> {
    return changed(reply, await this.allotments.transfer(operator, id, body, termsOf(ifMatch, query, key)));
  }
}

const termsOf = ({ version }: IfMatch, query: RawQuery, idempotencyKey: string | undefined): ChangeTerms => ({
  version,
  dryRun: parseDryRun(query),
  idempotencyKey,
});

function changed(reply: FastifyReply, answer: AllotmentAnswer): AllotmentChangeResponse {
  void reply.header('etag', `"${answer.version}"`);
  return answered(reply, answer);
}
