import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { RequireScope } from '../auth/scopes.js';
import type { RawQuery } from '../contract/query-faults.js';
import { Commits, Refuses } from '../contract/refuses.js';
import { RELEASE_STATUSES } from '../domain/release.js';
import { parseDryRun } from './admin-query.js';
import { CurrentOperator, type Operator } from './operator.js';
import { ProductIdPipe } from './product-id.js';
import {
  CancelReleaseRequest,
  ReleaseListResponse,
  ReleasePreviewResponse,
  ReleaseResponse,
  releaseResponse,
  ScheduleRequest,
} from './release.dto.js';
import { BODIES, CANCELLED, PREVIEW, SCHEDULED } from './release.examples.js';
import { encodeCursor, parseReleaseQuery } from './release.list-query.js';
import { ReleaseService } from './release.service.js';

const RELEASE_ID = { name: 'id', description: 'release_id', schema: { type: 'string' as const } };

@ApiTags('Operator desk')
@Controller('api/admin')
export class ReleaseController {
  constructor(private readonly releases: ReleaseService) {}

  @Post('products/:id/releases')
  @RequireScope('admin')
  @Commits()
  @Refuses('product_not_found', 'invalid_release', 'invalid_text')
  @ApiOperation({
    summary: 'Have unsold units go to another channel at a certain time',
    operationId: 'scheduleRelease',
  })
  @ApiParam({ name: 'id', description: 'product_id', schema: { type: 'integer', minimum: 1 } })
  @ApiQuery({ name: 'dry_run', required: false, schema: { type: 'boolean', default: false } })
  @ApiBody({ type: ScheduleRequest, examples: BODIES.schedule })
  @ApiCreatedResponse({ description: 'It is scheduled', type: ReleaseResponse, example: SCHEDULED })
  @ApiOkResponse({
    description: 'With `dry_run=true`: when it would be, and what it would do now',
    type: ReleasePreviewResponse,
    example: PREVIEW,
  })
  async schedule(
    @Param('id', ProductIdPipe) productId: number,
    @Body() body: ScheduleRequest,
    @CurrentOperator() operator: Operator,
    @Query() query: RawQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReleaseResponse | ReleasePreviewResponse> {
    if (!parseDryRun(query)) return releaseResponse(await this.releases.schedule(operator, productId, body));
    void reply.status(200);
    return this.releases.preview(operator, productId, body);
  }

  @Get('releases')
  @RequireScope('admin')
  @Refuses('malformed_request', 'invalid_filter')
  @ApiOperation({ summary: 'Timed releases, those that are due first before others', operationId: 'listReleases' })
  @ApiQuery({ name: 'status', required: false, schema: { type: 'string', enum: [...RELEASE_STATUSES] } })
  @ApiQuery({ name: 'product_id', required: false, schema: { type: 'integer', minimum: 1 } })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 } })
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string' } })
  @ApiOkResponse({
    description: 'A page of them',
    type: ReleaseListResponse,
    example: { releases: [SCHEDULED], next_cursor: null },
  })
  async list(@Query() query: RawQuery): Promise<ReleaseListResponse> {
    const { releases, next } = await this.releases.list(parseReleaseQuery(query));
    return { releases: releases.map(releaseResponse), next_cursor: next ? encodeCursor(next) : null };
  }

  @Get('releases/:id')
  @RequireScope('admin')
  @Refuses('release_not_found')
  @ApiOperation({ summary: 'A timed release, and what became of it', operationId: 'getRelease' })
  @ApiParam(RELEASE_ID)
  @ApiOkResponse({ description: 'The release', type: ReleaseResponse, example: SCHEDULED })
  async get(@Param('id') id: string): Promise<ReleaseResponse> {
    return releaseResponse(await this.releases.get(id));
  }

  @Post('releases/:id/cancel')
  @HttpCode(200)
  @RequireScope('admin')
  @Commits()
  @Refuses('release_not_found', 'release_settled', 'invalid_text')
  @ApiOperation({ summary: 'Cancel a release that was not carried out yet', operationId: 'cancelRelease' })
  @ApiParam(RELEASE_ID)
  @ApiBody({ type: CancelReleaseRequest, required: false, examples: BODIES.cancel })
  @ApiOkResponse({
    description: 'It is cancelled, now or before',
    type: ReleaseResponse,
    example: CANCELLED,
  })
  async cancel(
    @Param('id') id: string,
    @Body() body: CancelReleaseRequest,
    @CurrentOperator() operator: Operator,
  ): Promise<ReleaseResponse> {
    return releaseResponse(await this.releases.cancel(operator, id, body));
  }
}
