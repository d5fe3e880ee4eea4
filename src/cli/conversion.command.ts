import type { Command } from '@commander-js/extra-typings';

import type { ConversionResponse } from '../desk/conversion.dto.js';
import type { Desk } from './desk.js';
import { given } from './options.js';
import type { Heading, Runner } from './runner.js';
import { left, listText, right } from './text.js';

const COUNTS = ['holds', 'open', 'sold', 'expired', 'cancelled', 'sold %', 'units', 'units sold'];
const COLUMNS = [left('partner'), ...COUNTS.map(right)];

type Conversion = Omit<ConversionResponse, 'next_cursor'>;

function conversionText({ from, to, as_of, partners }: Conversion, heading: Heading): string {
  const rows = partners.map(({ partner_id, holds, units }) => [
    partner_id,
    holds.made,
    holds.open,
    holds.sold,
    holds.expired,
    holds.cancelled,
    holds.sold_share === null ? null : (holds.sold_share * 100).toFixed(1),
    units.made,
    units.sold,
  ]);
  return `holds made from ${from} to ${to}, as of ${as_of}\n\n${listText(COLUMNS, rows, heading, 'There is no partner yet.')}`;
}

/** `/api/admin/conversion`. */
export function addConversionCommand(program: Command, runner: Runner): void {
  program
    .command('conversion')
    .summary("what became of partners' holds")
    .description(
      "What became of the holds that were made in a period: of all partners' in a week, of one partner's in a year.",
    )
    .requiredOption('--from <time>', 'such as 2026-11-19T00:00:00Z')
    .requiredOption('--to <time>', 'the first moment that is not of the period')
    .option('--partner <partner>', 'of this partner only')
    .option('--product <product>', 'of this product only')
    .action(({ from, to, partner, product }) => {
      const query = { from, to, ...given({ partner_id: partner, product_id: product }) };
      return runner.run((desk) => readAll(desk, query), { text: conversionText });
    });
}

async function readAll(desk: Desk, query: Readonly<Record<string, string>>): Promise<Conversion> {
  let { next_cursor: cursor, ...all } = await desk.conversion(query);
  while (cursor !== null) {
    const page = await desk.conversion({ ...query, cursor });
    all = { ...all, partners: [...all.partners, ...page.partners] };
    cursor = page.next_cursor;
  }
  return all;
}
