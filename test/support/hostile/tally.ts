interface Count {
  readonly operation: string;
  readonly attack: string;
  readonly status: number;
  times: number;
}

/** How many requests of each kind of attack went to each operation, and how they were answered. */
export class Tally {
  private readonly counts = new Map<string, Count>();

  add(operation: string, attack: string, status: number): void {
    const key = `${operation} ${attack} ${status}`;
    const count = this.counts.get(key) ?? { operation, attack, status, times: 0 };
    count.times++;
    this.counts.set(key, count);
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, { times }) => sum + times, 0);
  }

  /** By status, of what the filter lets through. */
  statuses(filter: { readonly operation?: string; readonly attack?: string } = {}): Map<number, number> {
    const found = new Map<number, number>();
    for (const { operation, attack, status, times } of this.counts.values()) {
      if ((filter.operation ?? operation) !== operation || (filter.attack ?? attack) !== attack) continue;
      found.set(status, (found.get(status) ?? 0) + times);
    }
    return new Map([...found].sort(([a], [b]) => a - b));
  }

  /** Two tables, of operations and of attacks, with a column for each status. */
  table(operations: readonly string[], attacks: readonly string[]): string {
    const statuses = [...this.statuses().keys()];
    const row = (name: string, of: ReadonlyMap<number, number>): string =>
      [name.padEnd(46), ...statuses.map((status) => String(of.get(status) ?? '.').padStart(6))].join('');
    return [
      row('answered with', new Map(statuses.map((status) => [status, status]))),
      ...operations.map((operation) => row(operation, this.statuses({ operation }))),
      '',
      ...attacks.map((attack) => row(attack, this.statuses({ attack }))),
      row(`all ${this.total}`, this.statuses()),
      '',
    ].join('\n');
  }
}
