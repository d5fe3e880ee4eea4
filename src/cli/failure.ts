import { EmbeddedMysqlError } from '../../db/embedded/errors.js';
import { ConfigError } from '../config/config.js';
import { UsageError } from '../config/usage-error.js';
import { DatabaseError } from '../database/database-error.js';
import { isServerAway } from '../database/mysql-errors.js';
import { DomainError } from '../domain/errors.js';
import { PROBLEMS } from '../http/problem.js';
import { ReconcileError } from '../reconciliation/reconcile.js';
import { EXIT } from './exit-codes.js';

/** Why a command failed. */
export interface Failure {
  readonly exitCode: number;
  /** For people: a sentence, with the code where there is one. */
  readonly text: string;
  /** For programs, as the API tells it. */
  readonly problem: Readonly<Record<string, unknown>>;
}

const WRONGLY_CALLED = [ConfigError, UsageError];
const TROUBLE = [DatabaseError, EmbeddedMysqlError, ReconcileError];

/** What was foreseen is told in a sentence, anything else with its stack. */
export function failureOf(error: unknown): Failure {
  if (error instanceof DomainError) return refusal(error);
  if (isServerAway(error)) {
    return plain(EXIT.trouble, `The database does not answer (${messageOf(error)}). Look after it, then try again.`);
  }
  if (WRONGLY_CALLED.some((kind) => error instanceof kind)) return plain(EXIT.usage, messageOf(error));
  if (TROUBLE.some((kind) => error instanceof kind)) return plain(EXIT.trouble, messageOf(error));
  const stack = error instanceof Error ? error.stack : undefined;
  return { ...plain(EXIT.trouble, messageOf(error)), text: stack ?? messageOf(error) };
}

function refusal({ code, message, facts }: DomainError): Failure {
  const { status, title } = PROBLEMS[code];
  return {
    exitCode: status >= 500 ? EXIT.trouble : EXIT.refused,
    text: `${message} (${code})`,
    problem: { title, status, detail: message, code, ...facts },
  };
}

const plain = (exitCode: number, text: string): Failure => ({ exitCode, text, problem: { detail: text } });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
