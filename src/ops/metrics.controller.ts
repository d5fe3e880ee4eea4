import { Controller, Get, Header, Inject, Req } from '@nestjs/common';
import { ApiExcludeEndpoint } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

import { Public } from '../auth/scopes.js';
import { CONFIG, type Config } from '../config/config.js';
import { DomainError } from '../domain/errors.js';
import { METRICS_TYPE } from '../observability/metrics.js';
import { MetricsPage } from './metrics.page.js';

const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

/** `/metrics` on the API's own port: to this machine only, and not at all when there is a port for it. */
@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly page: MetricsPage,
  ) {}

  @Get()
  @Public()
  @Header('content-type', METRICS_TYPE)
  @ApiExcludeEndpoint()
  metrics(@Req() request: FastifyRequest): Promise<string> {
    if (this.config.opsPort !== undefined || !this.isFromHere(request)) throw new DomainError(ELSEWHERE);
    return this.page.text();
  }

  /** A proxy on this machine calls from here, too; what it passes on is from somewhere else. */
  private isFromHere({ ip, headers }: FastifyRequest): boolean {
    const passedOn = !this.config.trustProxy && ('x-forwarded-for' in headers || 'forwarded' in headers);
    return LOOPBACK.test(ip) && !passedOn;
  }
}

const ELSEWHERE = {
  code: 'not_found',
  detail: 'Metrics are read on the port that OPS_PORT names; without that setting, from the same machine only.',
} as const;
