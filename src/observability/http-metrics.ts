import { Injectable } from '@nestjs/common';

import type { ErrorCode } from '../domain/errors.js';
import { DURATION_BUCKETS_SECONDS, Metrics } from './metrics.js';
import { RequestTracker } from './request-tracker.js';

/** A request that was answered. */
export interface Answered {
  readonly method: string;
  /** The route's template; absent when none was found. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
  /** Absent on public routes and for unknown keys. */
  readonly partnerId: string | undefined;
  /** Absent when it was not refused. */
  readonly code: ErrorCode | undefined;
}

/** Told one after the other they cost a fraction of what each costs amid a request. */
const TOGETHER = 64;

/** How long requests take, and what becomes of them, by partner. */
@Injectable()
export class HttpMetrics {
  private readonly durations;
  private readonly outcomes;
  private readonly untold: Answered[] = [];

  constructor(metrics: Metrics, requests: RequestTracker) {
    metrics.gauge({ name: 'http_requests_in_flight', help: 'Requests that are being answered' }, (gauge) => {
      gauge.set(requests.count);
    });
    const collect = (): void => {
      this.tell();
    };
    this.durations = metrics.histogram({
      name: 'http_request_duration_seconds',
      help: 'From the arrival of a request to the end of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: DURATION_BUCKETS_SECONDS,
      collect,
    });
    this.outcomes = metrics.counter({
      name: 'ota_outcomes_total',
      help: 'Requests answered, by partner and by the code of the refusal; ok when there was none',
      labelNames: ['partner_id', 'route', 'code'],
      collect,
    });
  }

  answered(request: Answered): void {
    if (this.untold.push(request) >= TOGETHER) this.tell();
  }

  private tell(): void {
    for (const { method, route = 'none', status, seconds, partnerId = '', code = 'ok' } of this.untold) {
      this.durations.observe({ method, route, status }, seconds);
      this.outcomes.inc({ partner_id: partnerId, route, code });
    }
    this.untold.length = 0;
  }
}
