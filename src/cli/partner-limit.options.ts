import type { Command, OptionValues } from '@commander-js/extra-typings';

import { eachLimit, LIMIT_NAMES, PARTNER_LIMITS, type PartnerLimits } from '../partner/partner-limits.js';
import { wholeNumber } from './arguments.js';

/** An option for each limit that partners have, by its name on the wire: `--quantity-max`. */
export function limitOptions<A extends unknown[], O extends OptionValues, G extends OptionValues>(
  command: Command<A, O, G>,
): Command<A, O, G> {
  for (const name of LIMIT_NAMES) {
    const { min, max, initial } = PARTNER_LIMITS[name];
    command.option(
      `--${name.replaceAll('_', '-')} <number>`,
      `${name}: ${min} to ${max}; ${initial} at first`,
      wholeNumber,
    );
  }
  return command;
}

/** What was given of them. @param options of a command that {@link limitOptions} were added to */
export function limitsGiven(options: object): Partial<PartnerLimits> {
  const values = new Map(Object.entries(options));
  const limits = eachLimit((name) => values.get(camelCase(name)) as unknown);
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => typeof value === 'number'));
}

/** How commander names an option. */
const camelCase = (name: string): string => name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
