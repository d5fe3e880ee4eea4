import type { Command } from '@commander-js/extra-typings';

import type { DeskLogPage } from '../desk/desk-log.dto.js';
import { SUBJECT_TYPES } from '../desk/desk-log.store.js';
import { oneOf, wholeNumber } from './arguments.js';
import { readPages } from './pages.js';
import type { Heading, Runner } from './runner.js';
import { left, listText } from './text.js';

const COLUMNS = ['time', 'who', 'what', 'to', 'why', 'details'].map(left);
const LINES = 50;

const linesText = (lines: DeskLogPage['lines'], heading: Heading): string =>
  listText(
    COLUMNS,
    lines.map((line) => [
      line.occurred_at,
      line.actor,
      line.action,
      `${line.subject_type} ${line.subject_id}`,
      line.reason,
      JSON.stringify(line.details),
    ]),
    heading,
    'Nothing was changed yet.',
  );

/** `/api/admin/log`. */
export function addLogCommand(program: Command, runner: Runner): void {
  program
    .command('log')
    .summary('who changed products, prices, channels, partners and keys, and why')
    .description('Lists who changed what, and why, newest first. Changes of units are in the ledger.')
    .option('--subject <type>', `only what was done to one of these: ${SUBJECT_TYPES.join(', ')}`, oneOf(SUBJECT_TYPES))
    .option('--id <id>', 'only what was done to this one, with --subject')
    .option('--actor <actor>', 'only what this one did, such as key:12 or cli:anna')
    .option('--limit <lines>', 'how many', wholeNumber, LINES)
    .action(({ subject, id, actor, limit }, command) => {
      if (id !== undefined && subject === undefined) command.error('error: --id needs --subject: of what it is the id');
      return runner.run(
        async (desk) => ({
          lines: await readPages(
            (page) => desk.log.list({ subjectType: subject, subjectId: id, actor, ...page }),
            (page) => page.lines,
            Math.max(1, limit),
          ),
        }),
        { text: ({ lines }, heading) => linesText(lines, heading) },
      );
    });
}
