import { setTimeout as sleep } from 'node:timers/promises';

import type { EmbeddedMysql } from '../db/embedded/mysql-server.js';
import type { Options } from './arguments.js';
import { filled, isKept, oldStock } from './filling.js';
import type { Asked, LoadJob, LoadResult, Paths } from './load/job.js';
import type { Load, LoadGenerator } from './load/load-generator.js';
import { type Running, startProcess } from './processes.js';
import { type Before, before, faultsOf } from './soundness.js';
import { KEY, makeStock, PRODUCTS, type Stock } from './stock.js';

/** What all scenarios share. */
export interface Bench {
  readonly options: Options;
  readonly server: EmbeddedMysql;
  readonly load: LoadGenerator;
  readonly say: (line: string) => void;
}

interface Terms {
  /** In `dist`. */
  readonly script: string;
  readonly paths: Paths;
  /** What its 201s have to leave in the database. */
  readonly leaves: 'nothing' | 'rows' | 'rows and movements';
  readonly settings?: Readonly<Record<string, string>>;
  /** Of the service behind its port; one when not said. */
  readonly processes?: number;
  readonly stock?: (bench: Bench, name: string) => Promise<Stock>;
}

const API: Paths = { reserve: '/api/ota/reserve', inventory: '/api/ota/inventory' };
const NOOP: Paths = { reserve: '/bench/noop', inventory: '/bench/noop' };
const SERVICE = { script: 'src/main.js', paths: API, leaves: 'rows and movements' } as const satisfies Terms;

/**
 * Connections of the baseline, by `npm run bench -- --tune-baseline` (64 clients, requests a second, two cores):
 *
 *     pool           5   10   20   50  100
 *     one product  195  173  184  172  200
 *     100          202  205  206  207  217
 *
 * On a busy machine, medians of two rounds of 2 s: the differences may be noise. The best of both rows was taken.
 */
const BASELINE_POOL = '100';

/** Rows of the small table that the large one is held against. */
const SMALL_ROWS = 1_000;

export const SIDES = {
  service: SERVICE,
  baseline: {
    script: 'bench/baseline/main.js',
    paths: API,
    leaves: 'rows',
    settings: { DATABASE_POOL_MAX: BASELINE_POOL },
  },
  'no-op': { script: 'bench/noop/main.js', paths: NOOP, leaves: 'nothing' },
  'bare Fastify': { script: 'bench/bare/main.js', paths: NOOP, leaves: 'nothing' },
  'three processes': { ...SERVICE, script: 'bench/cluster/main.js', processes: 3 },
  'large tables': {
    ...SERVICE,
    stock: ({ server, options, say }, name) => oldStock(server, name, options.rows, say),
  },
  'small tables': { ...SERVICE, stock: ({ server, say }, name) => oldStock(server, name, SMALL_ROWS, say) },
} as const satisfies Record<string, Terms>;

export type SideName = keyof typeof SIDES;

/** What is asked of a side, for how long. */
export interface Wanted {
  readonly asks: Asked;
  readonly clients: number;
  /** So many of the stock's products. */
  readonly products: number;
  readonly seconds: number;
}

const IDS_ASKED = 1_000;
let stocksMade = 0;

/** A process on a database of its own, and what its clients were told so far. */
export class Side {
  private sold = 0;
  private readonly faults: string[] = [];

  private constructor(
    readonly name: string,
    readonly stock: Stock,
    readonly process: Running,
    private readonly terms: Terms,
    private readonly load: LoadGenerator,
    private readonly start: Before,
    private readonly reservationIds: readonly string[],
  ) {}

  static async open(bench: Bench, name: SideName, settings: Readonly<Record<string, string>> = {}): Promise<Side> {
    const terms: Terms = SIDES[name];
    const make = terms.stock ?? ((_: Bench, database: string) => makeStock(bench.server, database));
    return Side.on(bench, name, await make(bench, newDatabase()), terms, settings);
  }

  /**
   * The service on holds that all fall due at one moment, started at another; both in ms since 1970.
   *
   * @throws Error when that has passed before they were filled in
   */
  static async openDue(bench: Bench, rows: number, dueAt: number, startAt: number): Promise<Side> {
    const filling = { rows, dueAt: new Date(dueAt) };
    const stock = await filled(await makeStock(bench.server, newDatabase()), filling, bench.say);
    const early = startAt - Date.now();
    if (early < 0) {
      await stock.drop();
      throw new Error(`${rows} holds were filled in ${-early / 1000} s too late`);
    }
    await sleep(early);
    return Side.on(bench, 'service', stock, SERVICE);
  }

  private static async on(
    bench: Bench,
    name: string,
    stock: Stock,
    terms: Terms,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<Side> {
    const ids = await stock.rows<{ id: string }>(
      'SELECT reservation_id AS id FROM channel_reservations ORDER BY reservation_id DESC LIMIT ?',
      [IDS_ASKED],
    );
    const process = await startProcess(terms.script, {
      DATABASE_URL: stock.url,
      ...(terms.processes !== undefined && { PROCESSES: String(terms.processes) }),
      ...terms.settings,
      ...settings,
    });
    return new Side(
      name,
      stock,
      process,
      terms,
      bench.load,
      await before(stock),
      ids.map(({ id }) => id),
    );
  }

  /** As many requests for each of its processes, whatever their number: a share of them leaves one cold. */
  async warmUp(wanted: Wanted): Promise<void> {
    await this.measure({ ...wanted, seconds: wanted.seconds * (this.terms.processes ?? 1) });
  }

  async measure(wanted: Wanted): Promise<LoadResult> {
    return this.begin(wanted).result;
  }

  begin({ products, ...wanted }: Wanted): Load {
    const { paths } = this.terms;
    const job: LoadJob = {
      ...wanted,
      port: this.process.port,
      key: KEY,
      paths,
      products: PRODUCTS.slice(0, products),
      reservationIds: this.reservationIds,
    };
    const load = this.load.start(job);
    return {
      result: load.result.then((result) => this.counted(result)),
      stop: () => {
        load.stop();
      },
    };
  }

  /** Ends the process and holds its database against what the clients were told. @returns what doesn't hold */
  async close(): Promise<string[]> {
    await this.process.end();
    const { leaves } = this.terms;
    const sold = leaves === 'nothing' ? 0 : this.sold;
    const faults = await faultsOf(this.stock, this.start, sold, leaves === 'rows and movements');
    await (isKept(this.stock) ? this.stock.close() : this.stock.drop());
    return [...this.faults, ...faults];
  }

  private counted(result: LoadResult): LoadResult {
    this.sold += result.statuses[201] ?? 0;
    if (result.unexpected !== undefined) this.faults.push(`${this.name}: ${result.unexpected}`);
    return result;
  }
}

/** Each side of each scenario starts on an empty one. */
const newDatabase = (): string => `allotment_bench_${++stocksMade}`;
