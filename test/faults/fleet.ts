import type { Api } from '../support/api.js';
import { type Service, startService } from '../support/service.js';

type Settings = Readonly<Record<string, string>>;

/** Lines of the log at info would be kept for each request. */
const QUIET: Settings = { LOG_LEVEL: 'warn', LOG_FORMAT: 'json' };

/** Instances of the built service on one database. */
export class Fleet {
  private constructor(
    private readonly settings: readonly Settings[],
    private readonly services: Service[],
  ) {}

  /** @param settings of each instance */
  static async start(databaseUrl: string, settings: readonly Settings[]): Promise<Fleet> {
    const all = settings.map((own) => ({ ...QUIET, DATABASE_URL: databaseUrl, ...own }));
    return new Fleet(all, await Promise.all(all.map((own) => startService(own))));
  }

  get apis(): readonly Api[] {
    return this.services.map(({ api }) => api);
  }

  instance(n: number): Service {
    const service = this.services[n];
    if (!service) throw new Error(`there is no instance ${n}`);
    return service;
  }

  /** Kills an instance and starts it anew, as a supervisor would. @returns the exit code, null when the signal killed it */
  async restart(n: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const code = await this.instance(n).end(signal);
    this.services[n] = await startService(this.settings[n] ?? {});
    return code;
  }

  async end(): Promise<void> {
    await Promise.all(this.services.map((service) => service.end('SIGKILL')));
  }
}
