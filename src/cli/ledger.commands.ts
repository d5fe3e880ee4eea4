import type { Command } from '@commander-js/extra-typings';

import type { BalanceResponse } from '../desk/balance.dto.js';
import type { MovementList } from '../desk/movements.dto.js';
import { KINDS, LIMIT_DEFAULT, LIMIT_MAX, ORDERS } from '../desk/movements.query.js';
import { oneOf, productId, wholeNumber } from './arguments.js';
import type { Asked, Desk } from './desk.js';
import { given } from './options.js';
import type { Heading, Runner } from './runner.js';
import { left, listText, right } from './text.js';

const MOVEMENTS = [
  ...[left('time'), right('product'), right('seq'), left('channel'), left('what'), right('units')],
  ...[right('allocated'), right('reserved'), right('sold'), left('reservation'), left('partner'), left('who')],
  left('why'),
];
const BALANCE = [
  left('channel'),
  ...['allocated', 'reserved', 'sold', 'free'].map(right),
  ...[right('seq'), left('since')],
];
const WHY = {
  archived: 'lines of that time are in the archive',
  no_line: 'the ledger begins later: the units were entered past the service',
} as const;

const movementsText = ({ movements }: Lines, heading: Heading): string =>
  listText(
    MOVEMENTS,
    movements.map((line) => [
      ...[line.occurred_at, line.product_id, line.seq, line.channel_id, line.kind, line.units],
      ...[line.allocated, line.reserved, line.sold, line.reservation_id, line.partner_id, line.actor, line.reason],
    ]),
    heading,
    'The ledger has no such line.',
  );

function balanceText({ product_id, at, seq, sellable_cap, channels, unknown }: BalanceResponse, heading: Heading) {
  const rows = channels.map((of) => [
    ...[of.channel_id, of.allocated, of.reserved, of.sold, of.free],
    ...[of.seq, of.since],
  ]);
  return [
    `product ${product_id} at ${at}, sellable cap ${sellable_cap ?? 'not known'}, ${seq} lines until then`,
    '',
    listText(BALANCE, rows, heading, 'No channel is known to have had units.'),
    ...unknown.map(({ channel_id, why }) => `${channel_id} is not known: ${WHY[why]}`),
  ].join('\n');
}

/** `/api/admin/movements`, and the balances that the ledger tells. */
export function addLedgerCommands(program: Command, runner: Runner): void {
  program
    .command('movements')
    .summary('the ledger: every change of units, who caused it, and why')
    .description('Lists the lines of the ledger: what happened, and what the channel had after it.')
    .option('--product <product>', 'of this product only', productId)
    .option('--channel <channel>', 'of this channel only')
    .option('--partner <partner>', "of this partner's reservations only")
    .option('--reservation <reservation>', 'of this reservation only')
    .option('--kind <kind>', `only one of ${KINDS.join(', ')}`, oneOf(KINDS))
    .option('--actor <actor>', 'only what this one caused, such as key:12 or cli:anna')
    .option('--from <time>', 'the first moment that is meant, such as 2026-12-24T14:30:00+08:00')
    .option('--to <time>', 'the first moment that is not')
    .option('--order <order>', 'newest (first), or oldest; a file is oldest first', oneOf(ORDERS))
    .option('--limit <lines>', `how many; ${LIMIT_DEFAULT}, when left out`, wholeNumber)
    .option('--csv', 'all lines as a file, on standard output')
    .action(({ csv, limit, ...filters }, command) => {
      const query = queryOf(filters);
      if (!csv) {
        const atMost = Math.max(1, limit ?? LIMIT_DEFAULT);
        return runner.run((desk) => readLines(desk, query, atMost), {
          text: movementsText,
          aside: ({ more }) => (more ? `There are more: --limit, --from and --to, or --csv for all.` : undefined),
          json: ({ movements }) => ({ movements }),
        });
      }
      if (limit !== undefined) command.error('error: --csv has all lines: leave out --limit');
      if (runner.answersInJson) command.error('error: give --csv or --json, not both');
      return runner.stream((desk) => desk.movementsCsv(query));
    });

  program
    .command('balance')
    .summary("what a product's channels had at a moment")
    .description("Tells what a product's channels had at a moment that is past, or right now, from the ledger alone.")
    .argument('<product>', "a product's number", productId)
    .option('--at <time>', 'the moment, such as 2026-12-24T14:30:00+08:00; now, when left out')
    .action((product, { at }) => runner.run((desk) => desk.balanceOf(product, at), { text: balanceText }));
}

interface Filters {
  readonly product?: number;
  readonly channel?: string;
  readonly partner?: string;
  readonly reservation?: string;
  readonly kind?: string;
  readonly actor?: string;
  readonly from?: string;
  readonly to?: string;
  readonly order?: string;
}

const queryOf = ({ product, channel, partner, reservation, ...others }: Filters): Asked =>
  given({
    product_id: product === undefined ? undefined : String(product),
    channel_id: channel,
    partner_id: partner,
    reservation_id: reservation,
    ...others,
  });

interface Lines {
  readonly movements: MovementList['movements'];
  /** Whether there may be lines beyond these. */
  readonly more: boolean;
}

/** A page may be short, or empty, and have another one after it. */
async function readLines(desk: Desk, query: Asked, atMost: number): Promise<Lines> {
  const movements: MovementList['movements'][number][] = [];
  for (let cursor: { cursor?: string } = {}; ;) {
    const limit = String(Math.min(LIMIT_MAX, atMost - movements.length));
    const page = await desk.movements({ ...query, ...cursor, limit });
    movements.push(...page.movements);
    if (page.next_cursor === null || movements.length >= atMost) return { movements, more: page.next_cursor !== null };
    cursor = { cursor: page.next_cursor };
  }
}
