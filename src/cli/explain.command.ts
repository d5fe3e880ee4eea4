import type { Command } from '@commander-js/extra-typings';

import type { OperatorExplanation } from '../inventory/explanation.dto.js';
import { productId, wholeNumber } from './arguments.js';
import { given } from './options.js';
import type { Heading, Runner } from './runner.js';
import { left, listText, right } from './text.js';

const PARTS = ['free', 'held', 'overdue', 'sold'];
const CHANNELS = [left('channel'), ...['allocated', ...PARTS, 'unaccounted'].map(right), left('next expiry')];
const PARTNERS = [
  ...[left('partner'), left('channel')],
  ...['held', 'holds', 'overdue', 'sold'].map(right),
  left('next expiry'),
];
const HOLDS = [left('hold'), left('partner'), left('channel'), right('units'), left('until')];

function explanationText(of: OperatorExplanation, heading: Heading): string {
  const channels = [
    ...of.channels.map((c) => [c.channel_id, c.allocated, ...partsOf(c), c.unaccounted, c.next_expiry]),
    ['all', of.sellable_cap, ...partsOf(of), of.unaccounted, of.next_free?.at],
  ];
  const partners = of.partners.map((p) => [
    ...[p.partner_id, p.channel_id],
    ...[p.held, p.holds, p.overdue, p.sold],
    p.next_expiry,
  ]);
  const holds = of.soonest.map((h) => [h.reservation_id, h.partner_id, h.channel_id, h.units, h.reserved_until]);
  return [
    `product ${of.product_id}, sellable cap ${of.sellable_cap}, as of ${of.as_of}`,
    ...(of.on_sale ? [] : ['It is retired: nothing of it is sold, whatever is free.']),
    ...(of.unaccounted === 0 ? [] : ['Counters and reservations do not agree: allotment reconcile says by what.']),
    '',
    listText(CHANNELS, channels, heading, ''),
    '',
    listText(PARTNERS, partners, heading, 'No partner holds any or has sold any.'),
    '',
    `holds: ${of.holds}${holds.length < of.holds ? ', of which these end soonest:' : ''}`,
    ...(holds.length === 0 ? [] : ['', listText(HOLDS, holds, heading, '')]),
  ].join('\n');
}

const partsOf = (of: Readonly<Record<'free' | 'held' | 'overdue' | 'sold', number>>): number[] => [
  ...[of.free, of.held, of.overdue, of.sold],
];

/** `/api/ota/inventory/{product_id}/explain`, as operators see it. */
export function addExplainCommand(program: Command, runner: Runner): void {
  program
    .command('explain')
    .summary('where every unit of a product is: why it is sold out')
    .description("Tells where every unit of a product is, and whose: free, held, sold, by channel and by partner's.")
    .argument('<product>', "a product's number", productId)
    .option('--limit <holds>', 'how many holds are listed; sums are of all', wholeNumber)
    .action((product, { limit }) =>
      runner.run((desk) => desk.explanationOf(product, given({ limit: limit?.toString() })), { text: explanationText }),
    );
}
