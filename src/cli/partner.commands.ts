import type { Command } from '@commander-js/extra-typings';

import type { PartnerResponse, PartnerWithKeysResponse } from '../desk/partner.dto.js';
import { LIMIT_NAMES, type PartnerLimits } from '../partner/partner-limits.js';
import { PARTNER_STATUSES, type PartnerStatus } from '../partner/partner.store.js';
import { oneOf } from './arguments.js';
import { keysText } from './key.commands.js';
import { given, REASON, reasonOf } from './options.js';
import { readPages } from './pages.js';
import { limitOptions, limitsGiven } from './partner-limit.options.js';
import type { Heading, Runner, Telling } from './runner.js';
import { fieldsText, left, listText } from './text.js';

const COLUMNS = ['partner', 'name', 'channel', 'status', 'created'].map(left);
const PARTNER = ['<partner>', "the partner's id"] as const;

const partnersText = (partners: readonly PartnerResponse[], heading: Heading): string =>
  listText(
    COLUMNS,
    partners.map(({ partner_id, name, channel_id, status, created_at }) => [
      partner_id,
      name,
      channel_id,
      status,
      created_at,
    ]),
    heading,
    'There is no such partner: partners create makes one.',
  );

const partnerText = (partner: PartnerResponse): string =>
  fieldsText([
    ['partner', partner.partner_id],
    ['name', partner.name],
    ['channel', partner.channel_id],
    ['status', partner.status],
    ...LIMIT_NAMES.map((name) => [name, partner[name]] as const),
    ['created', partner.created_at],
  ]);

const changedTelling: Telling<PartnerResponse> = { text: partnerText };
const shownTelling: Telling<PartnerWithKeysResponse> = {
  text: ({ keys, ...partner }, heading) =>
    `${partnerText(partner)}\n\n${keysText(keys, heading, 'No key of this partner works: keys create makes one.')}`,
};

/** `/api/admin/partners`. */
export function addPartnerCommands(program: Command, runner: Runner): void {
  const partners = program.command('partners').description('Who sells, on which channel, within which limits.');
  addReads(partners, runner);

  limitOptions(
    partners
      .command('create')
      .description('Takes on a partner. Limits that are left out are the initial ones.')
      .argument('<partner>', 'its id for good, 1 to 40 characters of A-Z, a-z, 0-9, ., _ and -')
      .requiredOption('--name <text>', 'what people call it')
      .requiredOption('--channel <channel>', 'on which it sells, for good')
      .option(...REASON),
  ).action((partner, { name, channel, reason, ...limits }) =>
    runner.run(
      (desk) =>
        desk.partners.create(desk.operator, {
          partner_id: partner,
          name,
          channel_id: channel,
          ...limitsGiven(limits),
          ...reasonOf(reason),
        }),
      changedTelling,
    ),
  );

  limitOptions(
    partners
      .command('set')
      .description('Changes what is given of a partner: within 5 s it holds everywhere.')
      .argument(...PARTNER)
      .option('--name <text>', 'what people call it')
      .option(...REASON),
  ).action((partner, { name, reason, ...limits }, command) => {
    const changes: Change = { ...given({ name }), ...limitsGiven(limits) };
    if (Object.keys(changes).length === 0)
      command.error('error: nothing to change: give --quantity-max, or another option');
    return runner.run(
      (desk) => desk.partners.change(desk.operator, partner, { ...changes, ...reasonOf(reason) }),
      changedTelling,
    );
  });

  for (const [name, status, description] of STATUS_COMMANDS) {
    partners
      .command(name)
      .description(description)
      .argument(...PARTNER)
      .option(...REASON)
      .action((partner, { reason }) =>
        runner.run(
          (desk) => desk.partners.change(desk.operator, partner, { status, ...reasonOf(reason) }),
          changedTelling,
        ),
      );
  }
}

type Change = Partial<PartnerLimits> & { readonly name?: string };

const STATUS_COMMANDS: readonly (readonly [name: string, status: PartnerStatus, description: string])[] = [
  ['suspend', 'suspended', 'Suspends a partner: its keys open nothing, its holds and sales stay.'],
  ['resume', 'active', 'Lets a suspended partner sell again.'],
];

function addReads(partners: Command, runner: Runner): void {
  partners
    .command('list')
    .description('Lists partners.')
    .option('--channel <channel>', 'of this channel only')
    .option('--status <status>', PARTNER_STATUSES.join(' or '), oneOf(PARTNER_STATUSES))
    .action(({ channel, status }) =>
      runner.run(
        async (desk) => ({
          partners: await readPages(
            (page) => desk.partners.list({ channelId: channel, status, ...page }),
            (page) => page.partners,
          ),
        }),
        { text: (answer, heading) => partnersText(answer.partners, heading) },
      ),
    );

  partners
    .command('show')
    .description('Shows a partner, its limits and its keys that work.')
    .argument(...PARTNER)
    .action((partner) => runner.run((desk) => desk.partners.get(partner), shownTelling));
}
