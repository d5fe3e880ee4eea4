import type { Command } from '@commander-js/extra-typings';

import { productIds } from './arguments.js';
import { EXIT } from './exit-codes.js';
import { REASON } from './options.js';
import type { Runner } from './runner.js';

/** What `npm run reconcile` does, too. */
export function addReconcileCommand(program: Command, runner: Runner): void {
  program
    .command('reconcile')
    .summary('hold the counters against reservations and the ledger')
    .description(
      'Holds the counters against reservations and the ledger while sales go on, and says what is off (exit code 1). ' +
        'With --repair the counters that are off are set to what the reservations say. docs/operations.md has more.',
    )
    .option('--repair', 'set right what is off')
    .option('--product <product>', 'this product only; may be given several times', productIds)
    .option(...REASON)
    .action(({ repair = false, product, reason }) =>
      runner.run(
        (desk) =>
          desk.reconcile({ repair, reason, productIds: product && [...new Set(product)].sort((a, b) => a - b) }),
        {
          text: ({ text }) => text,
          json: ({ json }) => json,
          exitCode: ({ sound }) => (sound ? EXIT.done : EXIT.refused),
        },
      ),
    );
}
