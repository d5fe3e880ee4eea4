import type { Command } from '@commander-js/extra-typings';

import { KEY_STATUSES } from '../auth/key.store.js';
import type { Scope } from '../auth/scopes.js';
import type { KeyResponse, NewKeyResponse, RotatedKeyResponse } from '../desk/key.dto.js';
import { keyId, oneOf, wholeNumber } from './arguments.js';
import { REASON, given, reasonOf } from './options.js';
import { readPages } from './pages.js';
import type { Heading, Runner, Telling } from './runner.js';
import { left, listText, right } from './text.js';

const COLUMNS = [right('key'), ...['prefix', 'partner', 'label', 'scopes', 'status', 'created', 'ends'].map(left)];
const EXPIRES_AT = [
  '--expires-at <time>',
  'when it ends by itself, such as 2027-12-31T00:00:00Z; never, when left out',
] as const;
/** What a partner needs that sells. */
const SELLER: readonly Scope[] = ['inventory:read', 'reservations:read', 'reservations:write'];
const SCOPES: readonly Scope[] = [...SELLER, 'admin'];

export const keysText = (keys: readonly KeyResponse[], heading: Heading, none = 'There is no such key.'): string =>
  listText(
    COLUMNS,
    keys.map((key) => [
      key.key_id,
      key.prefix,
      key.partner_id,
      key.label,
      key.scopes.join(' '),
      key.status,
      key.created_at,
      key.revoked_at ?? key.expires_at,
    ]),
    heading,
    none,
  );

/** The key alone on standard output, for `KEY=$(…)`. */
export const newKeyTelling: Telling<NewKeyResponse> = {
  text: ({ secret }) => secret,
  aside: ({ key_id, partner_id }) => `key ${key_id} of partner ${partner_id}. ${ONCE}`,
};

const rotatedTelling: Telling<RotatedKeyResponse> = {
  text: ({ key }) => key.secret,
  aside: ({ key, replaced }) =>
    `key ${key.key_id} of partner ${key.partner_id} in place of key ${replaced.key_id}, ` +
    `which ${replaced.status === 'active' ? `works until ${String(replaced.expires_at)}` : 'works no longer'}. ${ONCE}`,
};

const ONCE = 'It is shown this once: only its SHA-256 is kept.';

/** `/api/admin/keys` and `/api/admin/partners/{id}/keys`. */
export function addKeyCommands(program: Command, runner: Runner): void {
  const keys = program.command('keys').description('What partners and operators open the API with.');

  keys
    .command('list')
    .description('Lists what is known of keys, newest first; never the keys themselves.')
    .option('--partner <partner>', 'of this partner only')
    .option('--prefix <prefix>', 'the key that begins so: a leaked one is found by its first 14 characters')
    .option('--status <status>', KEY_STATUSES.join(', '), oneOf(KEY_STATUSES))
    .action(({ partner, prefix, status }) =>
      runner.run(
        async (desk) => ({
          keys: await readPages(
            (page) => desk.keys.list({ partnerId: partner, prefix, status, ...page }),
            (page) => page.keys,
          ),
        }),
        { text: (answer, heading) => keysText(answer.keys, heading) },
      ),
    );

  keys
    .command('create')
    .description('Gives a partner a key, and prints it this once.')
    .argument('<partner>', "the partner's id")
    .requiredOption('--label <text>', 'where it is used, for whoever reads the list')
    .option('--scope <scope...>', `what it may do: ${SCOPES.join(', ')}; what a seller needs, when left out`)
    .option(...EXPIRES_AT)
    .option(...REASON)
    .action((partner, { label, scope = SELLER, expiresAt, reason }) =>
      runner.run(
        (desk) =>
          desk.keys.create(desk.operator, partner, {
            label,
            scopes: scope,
            ...given({ expires_at: expiresAt }),
            ...reasonOf(reason),
          }),
        newKeyTelling,
      ),
    );

  keys
    .command('rotate')
    .description('Replaces a key by a new one with the same label and scopes, and prints it this once.')
    .argument('<key>', "the old key's number", keyId)
    .option('--overlap <seconds>', 'how long the old key still works; a day, when left out', wholeNumber)
    .option(...EXPIRES_AT)
    .option(...REASON)
    .action((key, { overlap, expiresAt, reason }) =>
      runner.run(
        (desk) =>
          desk.keys.rotate(desk.operator, key, {
            ...given({ overlap_seconds: overlap, expires_at: expiresAt }),
            ...reasonOf(reason),
          }),
        rotatedTelling,
      ),
    );

  keys
    .command('revoke')
    .description('Ends a key: within 5 s it opens nothing any more.')
    .argument('<key>', "the key's number", keyId)
    .option(...REASON)
    .action((key, { reason }) =>
      runner.run((desk) => desk.keys.revoke(desk.operator, key, reasonOf(reason)), {
        text: (answer, heading) => keysText([answer], heading),
      }),
    );
}
