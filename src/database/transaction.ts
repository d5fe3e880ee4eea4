import type { PoolConnection, RowDataPacket } from 'mysql2';

/** A fixed text with `?` places, and the values bound to them; never text made of input. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** A statement that reads, and what its rows mean. */
export interface Query<T> extends Statement {
  readonly read: (rows: readonly RowDataPacket[]) => T;
}

/** Asks a query, wherever that is done. */
export type Read = <T>(query: Query<T>) => Promise<T>;

/** The text of a query that has nothing to ask this time: it is not sent, and reads no rows. */
export const NOT_ASKED = '';

/** Asks several in their order. */
export type Ask = <Q extends readonly Query<unknown>[]>(...queries: Q) => Promise<Answers<Q>>;

export type Answers<Q extends readonly Query<unknown>[]> = {
  [K in keyof Q]: Q[K] extends Query<infer T> ? T : never;
};

const COMMIT: Statement = { sql: 'COMMIT', values: [] };
const ROLLBACK: Statement = { sql: 'ROLLBACK', values: [] };

/** An answer that takes longer is taken for a lost connection; longer than the lock wait timeout and a slow disk together. */
const ANSWER_WAIT_MAX_MS = 10_000;

/**
 * An open transaction. Whoever writes demands one, so nobody writes outside.
 *
 * Other processes wait for the row meanwhile, so it makes two round trips of many statements: the first `read` carries
 * BEGIN, and all writes go out together with COMMIT. One that reads nothing makes one.
 */
export class Tx {
  private readonly writes: Statement[] = [];
  private begun = false;
  /** What each of the writes was answered, once they are committed. */
  private answers: unknown[] | undefined;

  /**
   * Only `UnitOfWork` opens transactions.
   *
   * @param begin gives what begins it, when that is sent
   */
  constructor(
    private readonly connection: PoolConnection,
    private readonly begin: () => Statement,
  ) {}

  /** Whether anything is to be written. */
  get writing(): boolean {
    return this.writes.length > 0;
  }

  /** Runs the queries in their order, in one round trip; each sees what is committed when it starts. */
  async read<Q extends readonly Query<unknown>[]>(...queries: Q): Promise<Answers<Q>> {
    const asked = queries.filter((query) => query.sql !== NOT_ASKED);
    if (this.begun && asked.length === 0) return queries.map((query) => query.read([])) as Answers<Q>;
    const results = await this.send(this.begun ? asked : [this.begin(), ...asked]);
    const rowSets = this.begun && asked.length === 1 ? [results] : results.slice(-asked.length);
    this.begun = true;
    return queries.map((query) =>
      query.read((rowSets[asked.indexOf(query)] as RowDataPacket[] | undefined) ?? []),
    ) as Answers<Q>;
  }

  /** Queues a statement to go out with COMMIT. */
  write(sql: string, values: readonly unknown[]): void {
    this.writes.push({ sql, values });
  }

  /** Queues a query among the writes. @returns what it reads, once they are committed */
  askWithWrites<T>(query: Query<T>): () => T {
    const place = this.writes.push(query) - 1;
    return () => {
      if (!this.answers) throw new Error('what is asked with the writes is known once they are committed');
      return query.read(this.answers[place] as RowDataPacket[]);
    };
  }

  /** Sends all writes and COMMIT in one round trip; those after one that fails are not run. */
  async commit(): Promise<void> {
    const statements = [...this.writes, COMMIT];
    const answers = await this.send(this.begun ? statements : [this.begin(), ...statements]);
    // What begins it may be several statements.
    this.answers = answers.slice(-statements.length);
  }

  async rollback(): Promise<void> {
    await this.send([ROLLBACK]);
  }

  private send(statements: readonly Statement[]): Promise<unknown[]> {
    const options = {
      sql: statements.map((statement) => statement.sql).join(';\n'),
      values: statements.flatMap((statement) => statement.values),
      timeout: ANSWER_WAIT_MAX_MS,
    };
    return new Promise((resolve, reject) => {
      this.connection.query<RowDataPacket[][]>(options, (error, results) => {
        if (error) reject(error);
        else resolve(results);
      });
    });
  }
}
