import { Controller, Get, Param, Query } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';

import { type Caller, CurrentCaller } from '../auth/caller.js';
import { RequireScope } from '../auth/scopes.js';
import { Refuses } from '../contract/refuses.js';
import { OperatorExplanation, PartnerExplanation } from './explanation.dto.js';
import { EXPLAINED } from './explanation.examples.js';
import { HOLDS_DEFAULT, HOLDS_MAX, parseExplanationQuery } from './explanation.query.js';
import { ExplanationService } from './explanation.service.js';

@ApiTags('OTA Integration')
@ApiExtraModels(PartnerExplanation, OperatorExplanation)
@Controller('api/ota/inventory')
export class ExplanationController {
  constructor(private readonly explanations: ExplanationService) {}

  @Get(':product_id/explain')
  @RequireScope('inventory:read', 'admin')
  @Refuses('malformed_request', 'product_not_found', 'invalid_filter')
  @ApiOperation({ summary: 'Why a product is sold out, or how near it is', operationId: 'explainInventory' })
  @ApiParam({ name: 'product_id', schema: { type: 'integer', minimum: 1, example: 106 } })
  @ApiQuery({
    name: 'limit',
    required: false,
    description: 'How many holds are listed; sums are of all',
    schema: { type: 'integer', minimum: 1, maximum: HOLDS_MAX, default: HOLDS_DEFAULT },
  })
  @ApiOkResponse({
    description: 'A partner sees its own holds and its channel; a key with the scope admin sees every unit of the cap',
    schema: { oneOf: [{ $ref: getSchemaPath(PartnerExplanation) }, { $ref: getSchemaPath(OperatorExplanation) }] },
    examples: EXPLAINED,
  })
  explain(
    @Param('product_id') id: string,
    @Query() query: Record<string, unknown>,
    @CurrentCaller() caller: Caller,
  ): Promise<PartnerExplanation | OperatorExplanation> {
    return this.explanations.explain(caller, parseExplanationQuery(id, query));
  }
}
