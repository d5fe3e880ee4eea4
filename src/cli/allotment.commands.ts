import type { Command } from '@commander-js/extra-typings';

import type { ChangeTerms } from '../desk/allotment.service.js';
import { allotmentText, changeText } from './allotment.text.js';
import { productId, unitsByChannel, wholeNumber } from './arguments.js';
import type { Runner } from './runner.js';

const PRODUCT = ['<product>', "a product's number", productId] as const;
const IF_VERSION = [
  '--if-version <version>',
  'only if the allotment is still this one, as `show` printed it; without it, whatever it is',
] as const;
const DRY_RUN = ['--dry-run', 'say what would happen, and change nothing'] as const;
const REASON = ['--reason <text>', 'why, for the ledger'] as const;

/** How a product's cap is split: `/api/admin/products/{id}/allotment` and its neighbours. */
export function addAllotmentCommands(program: Command, runner: Runner): void {
  program
    .command('show')
    .summary("how a product's cap is split among channels")
    .description("Shows how a product's cap is split among channels, and the version to give to --if-version.")
    .argument(...PRODUCT)
    .action((product) => runner.run((desk) => desk.allotmentOf(product), { text: allotmentText }));

  program
    .command('cap')
    .summary("raise or lower a product's cap")
    .description("Raises or lowers a product's cap. One channel gets or gives the difference.")
    .argument(...PRODUCT)
    .argument('<units>', 'the cap from now on', wholeNumber)
    .option('--channel <channel>', 'who gets or gives the difference', 'direct')
    .option(...IF_VERSION)
    .option(...DRY_RUN)
    .option(...REASON)
    .action((product, units, { channel, ...how }) => {
      const request = { sellable_cap: units, channel_id: channel, ...reasonOf(how) };
      return runner.run(
        async ({ allotments, operator }) => (await allotments.setCap(operator, product, request, termsOf(how))).body,
        { text: changeText },
      );
    });

  program
    .command('set')
    .summary('say what channels have from now on')
    .description('Says what channels have from now on. Those left out keep theirs; the cap becomes the sum of all.')
    .argument(...PRODUCT)
    .argument('<channel=units...>', 'such as direct=3000 ota=2000', unitsByChannel)
    .option(...IF_VERSION)
    .option(...DRY_RUN)
    .option(...REASON)
    .action((product, allocated, how) =>
      runner.run(
        async ({ allotments, operator }) =>
          (await allotments.allocate(operator, product, { allocated, ...reasonOf(how) }, termsOf(how))).body,
        { text: changeText },
      ),
    );

  program
    .command('transfer')
    .summary('take units from one channel and give them to another')
    .description('Takes units from one channel and gives them to another, at once. The cap stays.')
    .argument(...PRODUCT)
    .argument('<from>', 'the channel that gives')
    .argument('<to>', 'the channel that gets')
    .argument('<units>', 'how many', wholeNumber)
    .option(...IF_VERSION)
    .option(...DRY_RUN)
    .option(...REASON)
    .action((product, from, to, units, how) =>
      runner.run(
        async ({ allotments, operator }) =>
          (await allotments.transfer(operator, product, { from, to, units, ...reasonOf(how) }, termsOf(how))).body,
        { text: changeText },
      ),
    );
}

interface How {
  readonly ifVersion?: string;
  readonly dryRun?: true;
  readonly reason?: string;
}

const termsOf = ({ ifVersion, dryRun }: How): ChangeTerms => ({ version: ifVersion, dryRun: dryRun === true });
const reasonOf = ({ reason }: How): { reason?: string } => (reason === undefined ? {} : { reason });
