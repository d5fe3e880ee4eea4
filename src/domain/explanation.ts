import { type Allocation, type Allocations, unitsFree } from './allocation.js';
import { NO_UNITS } from './allotment.js';
import type { Instant } from './instant.js';

/** Where a product's units are, or a channel's. They sum to what was given, in every reading of one moment. */
export interface Parts {
  /** Neither held nor sold. */
  readonly free: number;
  /** Of holds that are not over yet. */
  readonly held: number;
  /** Of holds that are over and were not taken back yet: free to whoever asks. */
  readonly overdue: number;
  readonly sold: number;
  /** Counters say held or sold, reservations don't (below 0: the other way round); 0 unless somebody wrote past the service. */
  readonly unaccounted: number;
}

/** Units of a partner's reservations on a channel. */
export interface PartnerUnits {
  readonly channelId: string;
  readonly partnerId: string;
  readonly held: number;
  readonly overdue: number;
  readonly sold: number;
  /** Holds that are not over yet. */
  readonly holds: number;
  /** When the first of them ends. */
  readonly nextExpiry: Instant | undefined;
}

export interface ChannelParts extends Parts {
  readonly channelId: string;
  readonly allocated: number;
  /** When its first hold ends. */
  readonly nextExpiry: Instant | undefined;
}

/** Every unit of a product, by channel in the order of their names, and all together. Counters and units are of one moment. */
export function explainUnits(
  allocations: Allocations,
  units: readonly PartnerUnits[],
): { readonly channels: ChannelParts[]; readonly all: Parts } {
  const names = [...new Set([...allocations.keys(), ...units.map(({ channelId }) => channelId)])].sort();
  const channels = names.map((channelId) =>
    explainChannel(
      channelId,
      allocations.get(channelId) ?? NO_UNITS,
      units.filter((of) => of.channelId === channelId),
    ),
  );
  const sum = (part: keyof Parts): number => channels.reduce((total, channel) => total + channel[part], 0);
  const all = {
    free: sum('free'),
    held: sum('held'),
    overdue: sum('overdue'),
    sold: sum('sold'),
    unaccounted: sum('unaccounted'),
  };
  return { channels, all };
}

function explainChannel(channelId: string, allocation: Allocation, units: readonly PartnerUnits[]): ChannelParts {
  const sum = (part: 'held' | 'overdue' | 'sold'): number => units.reduce((total, of) => total + of[part], 0);
  const [held, overdue, sold] = [sum('held'), sum('overdue'), sum('sold')];
  const expiries = units.flatMap(({ nextExpiry }) => nextExpiry ?? []);
  return {
    channelId,
    allocated: allocation.allocated,
    free: unitsFree(allocation),
    held,
    overdue,
    sold,
    unaccounted: allocation.reserved + allocation.sold - held - overdue - sold,
    nextExpiry: expiries.length > 0 ? Math.min(...expiries) : undefined,
  };
}

/**
 * A channel as its partners are told of it: what they may have is free, whether or not it was taken back yet, so nothing
 * shows whose hold ended when.
 *
 * @param overdue units of the channel's overdue holds
 */
export function shareForPartners(
  { allocated, reserved, sold }: Allocation,
  overdue: number,
): { readonly allocated: number; readonly free: number; readonly held: number; readonly sold: number } {
  const held = Math.max(0, reserved - overdue);
  return { allocated, free: allocated - held - sold, held, sold };
}
