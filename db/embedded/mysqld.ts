/** A mysqld and how it is called. */
export interface Mysqld {
  /** The program to execute: mysqld itself, or the private copy's own dynamic loader. */
  readonly command: string;
  /** Arguments that come before any of mysqld's. */
  readonly prefix: readonly string[];
  /** Options that say where its own files lie; none when its compiled-in places are right. */
  readonly places: readonly string[];
  /** Where it comes from, in words. */
  readonly from: string;
}

/** A mysqld that was asked and is MySQL, new enough. */
export interface FoundMysqld extends Mysqld {
  readonly version: string;
}
