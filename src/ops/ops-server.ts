import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { CONFIG, type Config } from '../config/config.js';
import { LOG, type Log } from '../observability/log.js';
import { METRICS_TYPE } from '../observability/metrics.js';
import { MetricsPage } from './metrics.page.js';

/** What is for the operator's own network only, on a port of its own: `/metrics`. */
@Injectable()
export class OpsServer implements OnApplicationShutdown {
  private server: Server | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    private readonly page: MetricsPage,
  ) {}

  /**
   * Listens on OPS_PORT, if it is set.
   *
   * @returns the port
   * @throws the system's error when the port can't be had
   */
  async listen(): Promise<number | undefined> {
    const { opsPort, host } = this.config;
    if (opsPort === undefined) return undefined;
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.listen(opsPort, host);
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  onApplicationShutdown(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private async answer({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('cache-control', 'no-store');
    if ((method !== 'GET' && method !== 'HEAD') || url?.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Only GET /metrics is answered here.\n');
      return;
    }
    try {
      const text = await this.page.text();
      response.writeHead(200, { 'content-type': METRICS_TYPE }).end(text);
    } catch (error) {
      this.log.error({ err: error }, 'the metrics could not be told');
      response.writeHead(500, { 'content-type': 'text/plain' }).end('The metrics could not be told; see the log.\n');
    }
  }
}
