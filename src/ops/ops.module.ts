import { Module } from '@nestjs/common';

import { MetricsController } from './metrics.controller.js';
import { MetricsPage } from './metrics.page.js';
import { OpsServer } from './ops-server.js';
import { StockMetrics } from './stock.metrics.js';

@Module({ controllers: [MetricsController], providers: [MetricsPage, OpsServer, StockMetrics] })
export class OpsModule {}
