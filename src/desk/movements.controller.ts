import type { Readable } from 'node:stream';

import { applyDecorators, Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { RequireScope } from '../auth/scopes.js';
import type { RawQuery } from '../contract/query-faults.js';
import { Refuses } from '../contract/refuses.js';
import { MovementList } from './movements.dto.js';
import { MOVEMENTS, MOVEMENTS_CSV } from './movements.examples.js';
import { KINDS, LIMIT_DEFAULT, LIMIT_MAX, ORDERS, parseExportQuery, parseMovementsQuery } from './movements.query.js';
import { MovementsService } from './movements.service.js';

const CSV = 'text/csv; charset=utf-8; header=present';
const DISPOSITION = 'attachment; filename="movements.csv"';
const TIME = { type: 'string', format: 'date-time' } as const;

const name = (parameter: string, maxLength: number, description?: string): MethodDecorator =>
  ApiQuery({
    name: parameter,
    required: false,
    ...(description !== undefined && { description }),
    schema: { type: 'string', minLength: 1, maxLength },
  });

/** What both take. */
const Filters = (orderDefault: (typeof ORDERS)[number]): MethodDecorator =>
  applyDecorators(
    RequireScope('admin'),
    Refuses('malformed_request', 'invalid_filter'),
    ApiQuery({ name: 'product_id', required: false, schema: { type: 'integer', minimum: 1 } }),
    name('channel_id', 20),
    name('partner_id', 40),
    name('reservation_id', 50),
    ApiQuery({ name: 'kind', required: false, schema: { type: 'string', enum: [...KINDS] } }),
    name('actor', 80, 'Who caused it, e.g. key:12'),
    ApiQuery({ name: 'from', required: false, description: 'The first moment that is meant', schema: TIME }),
    ApiQuery({ name: 'to', required: false, description: 'The first moment that is not', schema: TIME }),
    ApiQuery({
      name: 'order',
      required: false,
      description: 'Of a product by seq; of several by time, product and seq',
      schema: { type: 'string', enum: [...ORDERS], default: orderDefault },
    }),
  );

@ApiTags('Operator desk')
@Controller('api/admin')
export class MovementsController {
  constructor(private readonly movements: MovementsService) {}

  @Get('movements')
  @Filters('newest')
  @ApiOperation({ summary: 'Read the ledger, page by page', operationId: 'listMovements' })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT },
  })
  @ApiQuery({ name: 'cursor', required: false, description: 'The next_cursor of the page before', type: String })
  @ApiOkResponse({ description: 'A page of the ledger', type: MovementList, example: MOVEMENTS })
  list(@Query() query: RawQuery): Promise<MovementList> {
    return this.movements.list(parseMovementsQuery(query));
  }

  @Get('movements.csv')
  @Filters('oldest')
  @ApiOperation({ summary: 'Read the ledger as a file', operationId: 'exportMovements' })
  @ApiOkResponse({
    description: 'All lines (RFC 4180), sent while they are read; a body that breaks off has no last chunk',
    headers: {
      'Content-Disposition': {
        description: 'A name for the file (RFC 6266)',
        required: true,
        schema: { type: 'string' },
        example: DISPOSITION,
      },
    },
    content: { 'text/csv': { schema: { type: 'string' }, example: MOVEMENTS_CSV } },
  })
  async export(
    @Query() query: RawQuery,
    @Req() { id, method }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable | string> {
    const asked = parseExportQuery(query);
    // For HEAD Fastify would read all lines and send none.
    const body = method === 'HEAD' ? '' : await this.movements.csv(asked, id);
    void reply.headers({ 'content-type': CSV, 'content-disposition': DISPOSITION });
    return body;
  }
}
