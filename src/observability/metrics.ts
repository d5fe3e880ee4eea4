import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

interface Described<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly L[];
  /** Called before each reading of the metrics: what is yet to be told can be told then. */
  readonly collect?: () => void;
}

/** Time buckets from half a millisecond to the longest that anything here may take. */
export const DURATION_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** What one app counts and measures; whoever measures something defines it here, and names end in their unit. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();

  counter<L extends string>(described: Described<L>): Counter<L> {
    return new Counter({ ...described, registers: [this.registry] });
  }

  histogram<L extends string>(described: Described<L> & { readonly buckets: number[] }): Histogram<L> {
    return new Histogram({ ...described, registers: [this.registry] });
  }

  /** @param read sets the gauge's values; called at each reading of the metrics */
  gauge<L extends string>(described: Described<L>, read?: (gauge: Gauge<L>) => void): Gauge<L> {
    return new Gauge({
      ...described,
      registers: [this.registry],
      ...(read && {
        collect() {
          read(this);
        },
      }),
    });
  }

  /** All of them in Prometheus's text format, the process's own included. */
  async text(): Promise<string> {
    return (await Registry.merge([this.registry, processMetrics()]).metrics()) + '\n';
  }
}

/** Of the text format. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

let ofProcess: Registry | undefined;

/** Memory, event loop, garbage collection: watched once, however many apps a process holds. */
function processMetrics(): Registry {
  if (!ofProcess) collectDefaultMetrics({ register: (ofProcess = new Registry()) });
  return ofProcess;
}
