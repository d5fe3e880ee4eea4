import { closest, distance } from 'fastest-levenshtein';

/** Names that other programs set and that merely look like ours. */
const OTHERS = new Set(['POST', 'SORT']);
const SHORT = 6;
const plain = (name: string): string => name.replaceAll(/[^a-z0-9]/gi, '').toUpperCase();

/** The setting that was probably meant by this variable, when it is none itself but nearly spells one. */
export function nearMiss(name: string, settings: readonly string[]): string | undefined {
  if (settings.includes(name) || OTHERS.has(name)) return undefined;
  const same = settings.find((setting) => plain(setting) === plain(name));
  // A lower-case `host` or `port` belongs to something else more often than to us.
  if (same !== undefined) return same.length > SHORT ? same : undefined;
  const nearest = closest(name, [...settings]);
  const slips = nearest.length > SHORT ? 2 : 1;
  return distance(name, nearest) <= slips ? nearest : undefined;
}
