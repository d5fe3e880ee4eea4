import { DomainError } from '../domain/errors.js';

/**
 * Whoever learns that a change may have taken place is told where the desk shows it: most of its routes know no
 * Idempotency-Key. For a promise's `catch`.
 *
 * @param advice a sentence that says where to look before the request is sent again
 * @throws DomainError `outcome_unknown` with the advice, and whatever else it is given as it is
 */
export const sayWhereToLook =
  (advice: string) =>
  (error: unknown): never => {
    if (!(error instanceof DomainError) || error.code !== 'outcome_unknown') throw error;
    throw new DomainError({ code: 'outcome_unknown', detail: `${IN_DOUBT} ${advice}` }, { cause: error });
  };

const IN_DOUBT =
  'The connection to the database was lost while the change was being committed, so it may or may not have been applied.';
