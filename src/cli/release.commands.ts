import type { Command } from '@commander-js/extra-typings';

import type { ReleasePreviewResponse, ReleaseResponse, ScheduleRequest } from '../desk/release.dto.js';
import { RELEASE_STATUSES } from '../domain/release.js';
import { changeText } from './allotment.text.js';
import { oneOf, productId, wholeNumber } from './arguments.js';
import { given, REASON, reasonOf } from './options.js';
import type { Heading, Runner, Telling } from './runner.js';
import { fieldsText, left, listText, right } from './text.js';

const COLUMNS = [
  ...[left('release'), right('product'), left('from'), left('to'), right('keeps')],
  ...[left('due'), left('status'), right('units')],
];
const RELEASE = ['<release>', "a release's id, such as rel_01a2…; releases list has them"] as const;

const releasesText = (releases: readonly ReleaseResponse[], heading: Heading): string =>
  listText(
    COLUMNS,
    releases.map((of) => [of.release_id, of.product_id, of.from, of.to, of.keep, of.due_at, of.status, of.units]),
    heading,
    'There is no such release: releases schedule makes one.',
  );

const releaseTelling: Telling<ReleaseResponse> = {
  text: (of) =>
    fieldsText([
      ['release', of.release_id],
      ['product', of.product_id],
      ['from', of.from],
      ['to', of.to],
      ['keeps', of.keep],
      ['due', of.due_at],
      ['asked for as', cutOffText(of)],
      ['status', of.status],
      ['units given', of.units],
      ['reason', of.reason],
      ['scheduled', `${of.scheduled_at} by ${of.scheduled_by}`],
      ['done', of.done_at],
      ['cancelled', of.cancelled_at === null ? null : `${of.cancelled_at} by ${of.cancelled_by ?? '-'}`],
    ]),
};

const cutOffText = ({ visit_date, days_before, local_time }: ReleaseResponse): string | null =>
  visit_date === null ? null : `${days_before ?? 0} days before ${visit_date}, ${local_time ?? '00:00'} there`;

const planText = (plan: ReleaseResponse | ReleasePreviewResponse, heading: Heading): string =>
  'dry_run' in plan
    ? `due ${plan.due_at}; were it carried out now:\n${changeText(plan.change, heading)}`
    : releaseTelling.text(plan, heading);

/** `/api/admin/releases`. */
export function addReleaseCommands(program: Command, runner: Runner): void {
  const releases = program
    .command('releases')
    .description('What a channel has not sold by a certain time goes to another one.');
  addSchedule(releases, runner);

  releases
    .command('list')
    .description('Lists releases, those that are due first before others.')
    .option('--status <status>', RELEASE_STATUSES.join(', '), oneOf(RELEASE_STATUSES))
    .option('--product <product>', 'of this product only', productId)
    .action(({ status, product }) =>
      runner.run(async (desk) => ({ releases: await desk.releases.list({ status, productId: product }) }), {
        text: (answer, heading) => releasesText(answer.releases, heading),
      }),
    );

  releases
    .command('show')
    .description('Shows a release, and what became of it.')
    .argument(...RELEASE)
    .action((release) => runner.run((desk) => desk.releases.get(release), releaseTelling));

  releases
    .command('cancel')
    .description('Cancels a release that was not carried out yet.')
    .argument(...RELEASE)
    .option(...REASON)
    .action((release, { reason }) =>
      runner.run((desk) => desk.releases.cancel(release, reasonOf(reason)), releaseTelling),
    );
}

function addSchedule(releases: Command, runner: Runner): void {
  releases
    .command('schedule')
    .description(
      'Has what a channel has not sold by a certain time go to another one. A service that runs then carries it out. ' +
        'The time is --at, or --days-before a --visit-date.',
    )
    .requiredOption('--product <product>', "a product's number", productId)
    .requiredOption('--from <channel>', 'the channel that gives')
    .requiredOption('--to <channel>', 'the channel that gets')
    .option('--keep <units>', 'free units that the channel keeps; none, when left out', wholeNumber)
    .option('--at <time>', 'when, such as 2027-06-01T12:00:00+08:00')
    .option('--visit-date <day>', 'the day of the visit, such as 2027-07-01; with --days-before')
    .option('--days-before <days>', 'so many days before --visit-date', wholeNumber)
    .option('--local-time <HH:MM>', "that day, by the clocks of the product's time zone; 00:00, when left out")
    .option('--dry-run', 'say when it would be and what it would do now, and schedule nothing')
    .option(...REASON)
    .action(({ product, dryRun, ...how }, command) => {
      const wrong = timeFault(how);
      if (wrong !== undefined) command.error(`error: ${wrong}`);
      const request = requestOf(how);
      return runner.run<ReleaseResponse | ReleasePreviewResponse>(
        (desk) => (dryRun ? desk.releases.preview(product, request) : desk.releases.schedule(product, request)),
        { text: planText },
      );
    });
}

interface How {
  readonly from: string;
  readonly to: string;
  readonly keep?: number;
  readonly at?: string;
  readonly visitDate?: string;
  readonly daysBefore?: number;
  readonly localTime?: string;
  readonly reason?: string;
}

/** The service would say so too, but in the API's words. */
function timeFault({ at, visitDate, daysBefore, localTime }: How): string | undefined {
  const byVisit = [visitDate, daysBefore, localTime].some((value) => value !== undefined);
  if (at !== undefined) return byVisit ? '--at says when: leave out --visit-date and what belongs to it' : undefined;
  return visitDate === undefined || daysBefore === undefined
    ? 'say when: give --at, or --visit-date with --days-before'
    : undefined;
}

const requestOf = ({ from, to, keep, at, visitDate, daysBefore, localTime, reason }: How): ScheduleRequest => ({
  from,
  to,
  ...given({ keep, at, visit_date: visitDate, days_before: daysBefore, local_time: localTime }),
  ...reasonOf(reason),
});
