import type { Command } from '@commander-js/extra-typings';

import type { ChannelResponse } from '../desk/channel.dto.js';
import { REASON, reasonOf } from './options.js';
import { readPages } from './pages.js';
import type { Heading, Runner } from './runner.js';
import { left, listText } from './text.js';

const COLUMNS = ['channel', 'name', 'created'].map(left);

const channelsText = (channels: readonly ChannelResponse[], heading: Heading): string =>
  listText(
    COLUMNS,
    channels.map(({ channel_id, name, created_at }) => [channel_id, name, created_at]),
    heading,
    'There is no channel yet: channels create makes one.',
  );

/** `/api/admin/channels`. */
export function addChannelCommands(program: Command, runner: Runner): void {
  const channels = program.command('channels').description("The shares that products' caps are split into.");

  channels
    .command('list')
    .description('Lists all channels.')
    .action(() =>
      runner.run(
        async (desk) => ({
          channels: await readPages(
            (page) => desk.channels.list(page),
            (page) => page.channels,
          ),
        }),
        { text: (answer, heading) => channelsText(answer.channels, heading) },
      ),
    );

  channels
    .command('create')
    .description('Makes a channel. One is never deleted: the ledger names it.')
    .argument('<channel>', 'its id, 1 to 20 characters of a-z, 0-9, _ and -')
    .requiredOption('--name <text>', 'what people call it')
    .option(...REASON)
    .action((channel, { name, reason }) =>
      runner.run((desk) => desk.channels.create(desk.operator, { channel_id: channel, name, ...reasonOf(reason) }), {
        text: (answer, heading) => channelsText([answer], heading),
      }),
    );

  channels
    .command('rename')
    .description('Changes what people call a channel; its id stays.')
    .argument('<channel>', 'its id')
    .requiredOption('--name <text>', 'what people call it from now on')
    .option(...REASON)
    .action((channel, { name, reason }) =>
      runner.run((desk) => desk.channels.rename(desk.operator, channel, { name, ...reasonOf(reason) }), {
        text: (answer, heading) => channelsText([answer], heading),
      }),
    );
}
