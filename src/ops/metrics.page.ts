import { Injectable } from '@nestjs/common';

import { Metrics } from '../observability/metrics.js';
import { StockMetrics } from './stock.metrics.js';

/** All metrics, in Prometheus's text format. */
@Injectable()
export class MetricsPage {
  constructor(
    private readonly metrics: Metrics,
    private readonly stock: StockMetrics,
  ) {}

  async text(): Promise<string> {
    await this.stock.refresh();
    return this.metrics.text();
  }
}
