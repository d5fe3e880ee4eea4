import { lockAdminKeys, openAdminKeys } from '../auth/key.store.js';
import type { Query } from '../database/transaction.js';
import { DomainError } from '../domain/errors.js';

interface OpenKey {
  readonly id: number;
  readonly partnerId: string;
}

/** What tells whether the desk would be left without a key; reads them in this order, before any other lock. */
export const deskKeys = (): readonly [Query<undefined>, Query<OpenKey[]>] => [lockAdminKeys(), openAdminKeys()];

/**
 * Nobody locks all operators out by mistake.
 *
 * @param open keys that open the desk now. @param closing those of them that a change would take away
 * @throws DomainError `last_admin_key` when it takes away all
 */
export function keepDeskOpen(open: readonly OpenKey[], closing: (key: OpenKey) => boolean): void {
  const [first] = open;
  if (!first || !open.every(closing)) return;
  throw new DomainError({
    code: 'last_admin_key',
    detail:
      `Nobody could work at the desk any more: no key but ${keysText(open)} of partner ${first.partnerId} has the scope admin. ` +
      'Create another one first, for another partner if this one is to be suspended.',
  });
}

/** All of one partner: a key is revoked alone, and a partner suspended with its own. */
function keysText(keys: readonly OpenKey[]): string {
  const ids = keys.map(({ id }) => id).sort((a, b) => a - b);
  const last = ids.at(-1) ?? 0;
  return ids.length === 1 ? `key ${last}` : `keys ${ids.slice(0, -1).join(', ')} and ${last}`;
}
