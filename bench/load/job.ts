/** What a load asks for. */
export type Asked = 'reserve' | 'reserve-keyed' | 'inventory' | 'mixed' | 'list' | 'get' | 'urls';

/** What the load generator is told, as JSON. */
export interface LoadJob {
  readonly port: number;
  readonly key: string;
  readonly asks: Asked;
  /** Where reserve and inventory are: the no-op routes stand in for them. */
  readonly paths: Paths;
  /** Reserves choose among them at random; an inventory asks for up to three. */
  readonly products: readonly number[];
  /** For `get`. */
  readonly reservationIds: readonly string[];
  /** For `urls`: read in turns. */
  readonly urls?: readonly string[];
  readonly clients: number;
  /** From when every client has had its first answer. */
  readonly seconds: number;
}

export interface Paths {
  readonly reserve: string;
  readonly inventory: string;
}

/**
 * What came of it once every client had had its first answer. Responses after the time was up (they had been sent before) don't count for the
 * throughput; for the statuses every response does.
 */
export interface LoadResult {
  /** Responses in a second. */
  readonly throughput: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly statuses: Readonly<Record<number, number>>;
  /** The first answer whose status wasn't to be expected, or an error of the connection. */
  readonly unexpected: string | undefined;
}

/** Statuses that a load may get; any other one fails the bench. */
export const EXPECTED = {
  reserve: [201],
  'reserve-keyed': [201],
  inventory: [200],
  mixed: [200, 201],
  list: [200],
  get: [200],
  urls: [200],
} as const satisfies Record<Asked, readonly number[]>;
