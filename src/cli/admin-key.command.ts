import type { Command } from '@commander-js/extra-typings';

import { newKeyTelling } from './key.commands.js';
import { REASON, reasonOf } from './options.js';
import type { Runner } from './runner.js';

/** The first step on an empty database: there is no default password. */
export function addAdminKeyCommand(program: Command, runner: Runner): void {
  program
    .command('admin-key')
    .summary('print the first key of the desk, once')
    .description(
      'Makes a key with the scope admin, of the partner operator, which is made when it is missing. The key is printed this ' +
        'once. When there is one that works already it takes --another.',
    )
    .option('--another', 'though there is one that works already')
    .option('--label <text>', 'where it is used, for whoever reads the list', "the operator's desk")
    .option(...REASON)
    .action(({ another, label, reason }) =>
      runner.run(
        (desk) => desk.adminKeys.create(desk.operator, { label, another: another === true, ...reasonOf(reason) }),
        newKeyTelling,
      ),
    );
}
