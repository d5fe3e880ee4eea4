import type { Command } from '@commander-js/extra-typings';

import type { SpecialDateResponse } from '../desk/special-date.dto.js';
import { factor } from './arguments.js';
import { REASON, reasonOf } from './options.js';
import { readPages } from './pages.js';
import type { Heading, Runner } from './runner.js';
import { left, listText, right } from './text.js';

const COLUMNS = [left('day'), right('times the price')];
const DAY = ['<day>', 'of the visit, such as 2026-12-31'] as const;

const datesText = (dates: readonly SpecialDateResponse[], heading: Heading): string =>
  listText(
    COLUMNS,
    dates.map(({ visit_date, multiplier }) => [visit_date, multiplier]),
    heading,
    'All days cost the same.',
  );

/** `/api/admin/special-dates`. */
export function addSpecialDateCommands(program: Command, runner: Runner): void {
  const dates = program.command('special-dates').description("Days on which every product's price is multiplied.");

  dates
    .command('list')
    .description('Lists the days on which prices are multiplied.')
    .action(() =>
      runner.run(
        async (desk) => ({
          special_dates: await readPages(
            (page) => desk.specialDates.list(page),
            (page) => page.special_dates,
          ),
        }),
        { text: (answer, heading) => datesText(answer.special_dates, heading) },
      ),
    );

  dates
    .command('set')
    .description('Multiplies all prices on a day. What is held or sold keeps its price.')
    .argument(...DAY)
    .argument('<multiplier>', 'such as 1.5', factor)
    .option(...REASON)
    .action((day, multiplier, { reason }) =>
      runner.run((desk) => desk.specialDates.put(desk.operator, day, { multiplier, ...reasonOf(reason) }), {
        text: (answer, heading) => datesText([answer], heading),
      }),
    );

  dates
    .command('delete')
    .description('Has a day cost what other days do. Prints what it was.')
    .argument(...DAY)
    .option(...REASON)
    .action((day, { reason }) =>
      runner.run((desk) => desk.specialDates.delete(desk.operator, day, reasonOf(reason)), {
        text: (answer, heading) => datesText([answer], heading),
      }),
    );
}
