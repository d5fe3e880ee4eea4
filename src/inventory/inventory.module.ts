import { Module } from '@nestjs/common';

import { CatalogModule } from '../catalog/catalog.module.js';
import { ExplanationController } from './explanation.controller.js';
import { ExplanationService } from './explanation.service.js';
import { InventoryController } from './inventory.controller.js';
import { InventoryService } from './inventory.service.js';
import { QuoteController } from './quote.controller.js';
import { QuoteService } from './quote.service.js';

@Module({
  imports: [CatalogModule],
  controllers: [InventoryController, ExplanationController, QuoteController],
  providers: [InventoryService, ExplanationService, QuoteService],
})
export class InventoryModule {}
