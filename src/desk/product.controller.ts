import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';

import { PRODUCT_STATUSES } from '../catalog/product.store.js';
import { PAGE_PARAMETERS, parseOneOf, parsePage } from '../contract/page.js';
import { type RawQuery, refuseUnknown } from '../contract/query-faults.js';
import { DeskLists, DeskReads, DeskWrites, IdParam } from './desk-route.js';
import { CurrentOperator, type Operator } from './operator.js';
import { ProductIdPipe } from './product-id.js';
import { ChangeProductRequest, CreateProductRequest, ProductList, ProductResponse } from './product.dto.js';
import { PRODUCT, PRODUCT_BODIES, PRODUCT_LIST } from './product.examples.js';
import { ProductService } from './product.service.js';

const PLACE = /^[1-9]\d{0,9}$/;
const FILTERS = { status: { schema: { type: 'string', enum: [...PRODUCT_STATUSES] } } };

@ApiTags('Operator desk')
@Controller('api/admin/products')
export class ProductController {
  constructor(private readonly products: ProductService) {}

  @Get()
  @DeskLists('All products, retired ones too', 'listProducts', FILTERS)
  @ApiOkResponse({ description: 'A page of products', type: ProductList, example: PRODUCT_LIST })
  list(@Query() query: RawQuery): Promise<ProductList> {
    refuseUnknown(query, ['status', ...PAGE_PARAMETERS]);
    const status = parseOneOf(query, 'status', PRODUCT_STATUSES);
    return this.products.list({ status, ...parsePage(query, (text) => PLACE.test(text)) });
  }

  @Post()
  @DeskWrites('Put a product on sale, with its cap and prices', 'createProduct', 'already_exists')
  @ApiBody({ type: CreateProductRequest, examples: PRODUCT_BODIES.create })
  @ApiCreatedResponse({ description: 'The new product', type: ProductResponse, example: PRODUCT })
  create(@CurrentOperator() operator: Operator, @Body() body: CreateProductRequest): Promise<ProductResponse> {
    return this.products.create(operator, body);
  }

  @Get(':id')
  @DeskReads('A product and its prices', 'getProduct', 'product_not_found')
  @IdParam('product_id', 'id', 'integer')
  @ApiOkResponse({ description: 'The product', type: ProductResponse, example: PRODUCT })
  get(@Param('id', ProductIdPipe) id: number): Promise<ProductResponse> {
    return this.products.get(id);
  }

  @Patch(':id')
  @DeskWrites('Change what was sent of a product', 'changeProduct', 'product_not_found')
  @IdParam('product_id', 'id', 'integer')
  @ApiBody({ type: ChangeProductRequest, examples: PRODUCT_BODIES.change })
  @ApiOkResponse({ description: 'The product', type: ProductResponse, example: PRODUCT })
  change(
    @CurrentOperator() operator: Operator,
    @Param('id', ProductIdPipe) id: number,
    @Body() body: ChangeProductRequest,
  ): Promise<ProductResponse> {
    return this.products.change(operator, id, body);
  }
}
