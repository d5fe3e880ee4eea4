import { type Command, InvalidArgumentError, type OptionValues } from '@commander-js/extra-typings';

import { LIMIT_NAMES, PARTNER_LIMITS, type PartnerLimit, type PartnerLimits } from '../partner/partner-limits.js';
import { wholeNumber } from './arguments.js';

/** An option for each limit that partners have, by its name on the wire: `--quantity-max`. */
export function limitOptions<A extends unknown[], O extends OptionValues, G extends OptionValues>(
  command: Command<A, O, G>,
): Command<A, O, G> {
  for (const name of LIMIT_NAMES) {
    const { min, max, initial } = PARTNER_LIMITS[name];
    const none = initial === null ? ', or none' : '';
    command.option(
      `--${name.replaceAll('_', '-')} <number>`,
      `${name}: ${min} to ${max}${none}; ${initial ?? 'none'} at first`,
      limitOf(name),
    );
  }
  return command;
}

/** What was given of them. @param options of a command that {@link limitOptions} were added to */
export function limitsGiven(options: object): Partial<PartnerLimits> {
  const values = new Map<string, unknown>(Object.entries(options));
  return Object.fromEntries(
    LIMIT_NAMES.map((name) => [name, values.get(camelCase(name))] as const).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value === NONE ? null : value]],
    ),
  );
}

/** Lifts a limit. Commander would take a `null` for an empty text. */
const NONE = 'none';

const limitOf =
  (name: PartnerLimit) =>
  (text: string): number | typeof NONE => {
    if (text !== NONE) return wholeNumber(text);
    if (PARTNER_LIMITS[name].initial === null) return NONE;
    throw new InvalidArgumentError('It must be a whole number: there is no going without this limit.');
  };

/** How commander names an option. */
const camelCase = (name: string): string => name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
