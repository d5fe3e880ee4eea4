/** A row is locked, and was not to be waited for. */
const ROW_TAKEN = 3572;

/** Errors after which the server has rolled the work back, and doing all of it again may succeed. */
const ROLLED_BACK = new Set([
  1205, // lock wait timeout; InnoDB undoes the statement only, so the transaction is rolled back by us
  1213, // deadlock
  1062, // duplicate key: another transaction kept the same idempotency key first
  1690, // a value is out of range: what was to be written on a condition, which does not hold
  ROW_TAKEN,
]);

/** Errors that say that the server can't be worked with at the moment. */
const SERVER_AWAY = new Set([
  1040, // too many connections
  1053, // server shutdown in progress
  1077, // normal shutdown
  1152, // aborted connection
  1203, // the user has too many connections
  1226, // the user's resource limit
  1317, // the query was killed
  3024, // the query took longer than the server allows
  1290, // read-only: a primary that was just demoted
  1792, // read-only transaction, likewise
  1836, // read-only mode
  1927, // connection killed
  3032, // offline mode: a member that left its group
  3100, // group replication: a hook refused the commit
  3101, // group replication: rolled back here; cut off from the others, a member can't tell what they did
  3796, // group replication: this member's state allows no consistent reads
  3797, // group replication: the wait for the old primary's transactions ended without them
  3798, // likewise
  3799, // likewise
  4031, // disconnected by the server for inactivity
  1021, // its disk is full
  1114, // a table, which may be a temporary one, can't grow: likewise
]);

export const NO_SUCH_TABLE = 1146;
/** The user has no right on the table. */
export const NO_TABLE_RIGHT = 1142;
/** The server refuses the user: on the database, or at all. */
export const NO_USER_RIGHT: ReadonlySet<number> = new Set([1044, 1045]);

/** Code of {@link NoPrimaryError}. */
export const NO_PRIMARY = 'NO_PRIMARY';

/** Code of the error with which a connection ends that could not be set up. */
export const NOT_SET_UP = 'SESSION_NOT_SET_UP';

/** mysql2 gave up waiting for an answer; it may still come. */
const ANSWER_LATE = 'PROTOCOL_SEQUENCE_TIMEOUT';

const CONNECTION_LOST = new Set([
  NO_PRIMARY,
  NOT_SET_UP,
  'PROTOCOL_CONNECTION_LOST',
  ANSWER_LATE,
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
]);

const field = (error: unknown, name: 'errno' | 'code'): unknown =>
  typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined;

/** What waited on the connection behind its set-up was never sent. */
export const isUnsent = (error: unknown): boolean => field(error, 'code') === NOT_SET_UP;

/** The server itself said that this transaction did not take place and may be tried again. */
export const isRolledBack = (error: unknown): boolean => ROLLED_BACK.has(Number(field(error, 'errno')));

/** Somebody else has a row that was not to be waited for. */
export const isRowTaken = (error: unknown): boolean => field(error, 'errno') === ROW_TAKEN;

/** The connection or the server is gone, for now: what was under way may or may not have happened. */
export const isServerAway = (error: unknown): boolean =>
  CONNECTION_LOST.has(String(field(error, 'code'))) ||
  SERVER_AWAY.has(Number(field(error, 'errno'))) ||
  (error instanceof Error && error.message.includes('closed state'));

/** The query was given up on, but its connection still waits for the answer: it is of no use to anyone else. */
export const isAnswerLate = (error: unknown): boolean => field(error, 'code') === ANSWER_LATE;

/** Worth another try of the whole unit of work. */
export const isTransient = (error: unknown): boolean => isRolledBack(error) || isServerAway(error);
