import type { Counter } from 'prom-client';

/** Adds up neighbours with the same labels before a counter is told: in a batch of a hot product nearly all are such. */
export class Tally<L extends string> {
  private labels: Record<L, string | number> | undefined;
  private sum = 0;

  constructor(private readonly counter: Counter<L>) {}

  add(labels: Record<L, string | number>, by: number): void {
    if (this.labels && !isSame(this.labels, labels)) this.tell();
    this.labels = labels;
    this.sum += by;
  }

  /** Call it once all are added. */
  tell(): void {
    if (this.labels) this.counter.inc(this.labels, this.sum);
    this.labels = undefined;
    this.sum = 0;
  }
}

function isSame<L extends string>(one: Record<L, string | number>, other: Record<L, string | number>): boolean {
  for (const name in one) if (one[name] !== other[name]) return false;
  return true;
}
