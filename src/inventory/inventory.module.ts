import { Module } from '@nestjs/common';

import { InventoryController } from './inventory.controller.js';
import { InventoryService } from './inventory.service.js';
import { QuoteController } from './quote.controller.js';
import { QuoteService } from './quote.service.js';

@Module({ controllers: [InventoryController, QuoteController], providers: [InventoryService, QuoteService] })
export class InventoryModule {}
