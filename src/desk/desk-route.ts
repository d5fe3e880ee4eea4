import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery } from '@nestjs/swagger';

import { RequireScope } from '../auth/scopes.js';
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from '../contract/page.js';
import { Commits, Refuses } from '../contract/refuses.js';
import type { ErrorCode } from '../domain/errors.js';

/** A route of the desk that reads. */
export const DeskReads = (summary: string, operationId: string, ...codes: readonly ErrorCode[]): MethodDecorator =>
  applyDecorators(RequireScope('admin'), Refuses(...codes), ApiOperation({ summary, operationId }));

/** A route of the desk that changes something that isn't units. */
export const DeskWrites = (summary: string, operationId: string, ...codes: readonly ErrorCode[]): MethodDecorator =>
  applyDecorators(
    RequireScope('admin'),
    Commits(),
    Refuses('invalid_value', 'invalid_text', ...codes),
    ApiOperation({ summary, operationId }),
  );

/** A route of the desk that lists, a page at a time. @param filters by name, with their schemas */
export const DeskLists = (
  summary: string,
  operationId: string,
  filters: Readonly<
    Record<string, { readonly description?: string; readonly required?: boolean; readonly schema: object }>
  > = {},
): MethodDecorator =>
  applyDecorators(
    DeskReads(summary, operationId, 'malformed_request', 'invalid_filter'),
    ...Object.entries(filters).map(([name, { description = '', required = false, schema }]) =>
      ApiQuery({ name, required, ...(description && { description }), schema }),
    ),
    ApiQuery({
      name: 'limit',
      required: false,
      description: 'Entries of a page',
      schema: { type: 'integer', minimum: 1, maximum: PAGE_LIMIT_MAX, default: PAGE_LIMIT_DEFAULT },
    }),
    ApiQuery({
      name: 'cursor',
      required: false,
      description: 'The next_cursor of the page before',
      schema: { type: 'string' },
    }),
  );

/** A text in the path. */
export const IdParam = (description: string, name = 'id', type: 'string' | 'integer' = 'string'): MethodDecorator =>
  ApiParam({ name, description, schema: { type } });
